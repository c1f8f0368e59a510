"""Repairs JSON that no parser accepts: cuts it into members or elements, and repairs each separately.

Only broken parts change: invalid UTF-8 becomes U+FFFD, control characters in strings become escapes, half a surrogate
pair becomes a question mark, NaN and Infinity become null. Every other character stays as it came. Nothing here
recurses, so no depth is too deep.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}\[\],:]|[^\s"{}\[\],:]++', re.DOTALL)
TEXT_OR_WORD = re.compile(r'"(?:[^"\\]|\\.)*+"?|-?(?:NaN|Infinity)\b', re.DOTALL)
HALF_PAIR = re.compile(
    r"(?<!\\)((?:\\\\)*)(?:(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
CONTROL = re.compile(r"[\x00-\x1f]")
OPENING, CLOSING = ("{", "["), ("}", "]")


def decoded(body: bytes) -> str:
    """The body as text, without a byte order mark; invalid UTF-8 becomes U+FFFD."""
    return body.decode("utf-8-sig", errors="replace")


def is_utf8(content: bytes) -> bool:
    """Whether ``content`` is valid UTF-8. The JSON decoder does not check the parts that it skips."""
    if content.isascii():
        return True
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def mended(text: str) -> str:
    """The same JSON with repaired strings and words. Its structure does not change."""
    return TEXT_OR_WORD.sub(lambda found: _mended_token(found[0]), text)


def is_json(text: str, *, whole: bool = False) -> bool:
    """Whether the decoder accepts ``text``, which also limits its depth; ``whole``: check values too, such as 1e400."""
    try:
        msgspec.json.decode(text, type=Any if whole else msgspec.Raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return True


def members(text: str) -> dict[str, str]:
    """The members of a JSON object by name, each as JSON text. The last of repeated members counts."""
    found: dict[str, str] = {}
    for part in _parts(text, "{"):
        name = TOKEN.match(part)
        if name is None or not name[0].startswith('"'):
            continue
        rest = part[name.end() :].lstrip()
        try:
            key = json.loads(mended(name[0]))
        except ValueError:
            continue
        if rest.startswith(":"):
            found[key] = rest[1:].strip()
    return found


def is_closed(text: str) -> bool:
    """Whether the outermost object or array ends with the text. Otherwise a broken part may have swallowed others."""
    depth = 0
    end = -1
    for token in TOKEN.finditer(text):
        if end >= 0:
            return False
        depth += (token[0] in OPENING) - (token[0] in CLOSING)
        if depth <= 0:
            end = token.end()
    return end >= 0


def elements(text: str) -> list[str]:
    """The elements of a JSON array, each as JSON text."""
    return list(_parts(text, "["))


def _parts(text: str, opening: str) -> Iterator[str]:
    """The parts between the commas of the outermost object or array, without a part that is cut off."""
    depth = 0
    start = None
    for token in TOKEN.finditer(text):
        kind = token[0]
        if depth == 0:
            if kind != opening:
                return
            start = token.end()
        if kind in OPENING:
            depth += 1
        elif kind in CLOSING:
            depth -= 1
        if (depth == 0 and kind in CLOSING) or (depth == 1 and kind == ","):
            part = text[start : token.start()].strip()
            if part:
                yield part
            start = token.end()
        if depth == 0:
            return


def _mended_token(token: str) -> str:
    if not token.startswith('"'):
        return "null"
    if "\\u" in token:
        token = HALF_PAIR.sub(lambda found: found[1] + (found[2] or "?"), token)
    return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", token)
