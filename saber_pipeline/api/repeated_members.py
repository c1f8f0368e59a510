"""A member that stands twice in a JSON object: msgspec takes the last one, DuckDB the first.

What a signal is judged by and what its row says would then differ, and its pair be read again by every run.
"""

from __future__ import annotations

from typing import Any

import msgspec

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


def without_repeats(raw: bytes) -> bytes:
    """A JSON object in which every member stands once, the last of its name; ``raw`` itself where that is so."""
    try:
        found = _members.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return raw
    # Quotes, colons, commas and braces are all that may stand beside names and values: more of it is a repeated member,
    # or white space, which does no harm to lose.
    size = sum(map(len, found)) + sum(map(len, found.values()))
    if len(raw) == size + 4 * len(found) + 1:
        return raw
    # With a space behind each colon and comma it might as well be one without, and the difference a repeated member.
    spaced = b", ".join([b'"%b": %b' % (name.encode(), value) for name, value in found.items()])
    if raw == b"{%b}" % spaced:
        return raw
    return msgspec.json.encode(found)


def first_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For ``json.loads``: inside an answer the first of a name counts, as DuckDB has it."""
    return dict(reversed(pairs))
