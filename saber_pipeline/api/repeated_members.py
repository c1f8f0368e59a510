"""Repeated members in a JSON object: msgspec takes the last one, DuckDB the first.

The signal as it is matched would then differ from its row in the warehouse, and every run would read its pair again.
"""

from __future__ import annotations

from typing import Any

import msgspec

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])


def without_repeats(raw: bytes) -> bytes:
    """The JSON object with only the last of repeated members; ``raw`` itself if none is repeated."""
    try:
        found = _members.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return raw
    # Beside names and values, ``raw`` has only quotes, colons, commas and braces. Additional bytes are a repeated
    # member, or white space, which may be dropped.
    size = sum(map(len, found)) + sum(map(len, found.values()))
    if len(raw) == size + 4 * len(found) + 1:
        return raw
    # With spaces after colons and commas, the size alone cannot tell spaces from a repeated member: compare all bytes.
    spaced = b", ".join([b'"%b": %b' % (name.encode(), value) for name, value in found.items()])
    if raw == b"{%b}" % spaced:
        return raw
    return msgspec.json.encode(found)


def first_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For ``json.loads``: inside an answer the first of repeated members counts, as in DuckDB."""
    return dict(reversed(pairs))
