"""Parts of a document that a program writes: what stands between ``<!-- sort:name -->`` and ``<!-- /sort:name -->``."""

from __future__ import annotations


def replace_marked(text: str, mark: str, content: str) -> str:
    """``text`` with ``content`` between its marks, as lines of their own.

    Raises:
        ValueError: the marks do not both stand there once, in their order.
    """
    begin, end = f"<!-- {mark} -->\n", f"<!-- /{mark} -->"
    before, _, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not closed or begin in after or end in after:
        raise ValueError(f"there is no place for this part: {begin.strip()} … {end}")
    return f"{before}{begin}{content}\n{end}{after}"
