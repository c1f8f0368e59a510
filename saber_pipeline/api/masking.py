"""The key is never shown: not in an error, not in a log, and not in a table, when the API itself repeats it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST_SHOWN = 20
"""A shorter key would be given away by its first 8 and last 4 characters."""

SHORTEST_SEARCHED = 8
"""A key shorter than this is no key of Saber's, and may be a word that every reply holds."""

_ESCAPED = re.compile(rb"\\(?:u00([2-7][0-9a-fA-F])|(/))")


def mask_key(key: str) -> str:
    """First 8 and last 4 characters, enough to tell two keys apart."""
    return f"{key[:8]}…{key[-4:]}" if len(key) >= SHORTEST_SHOWN else "…"


class KeyMask:
    """Puts ``shown`` in the place of a key, however JSON or an address spells it."""

    def __init__(self, key: str) -> None:
        self.shown = mask_key(key)
        self.is_distinctive = len(key) >= SHORTEST_SEARCHED
        self._key = key
        self._masked = self.shown.encode()
        self._usual = {key.encode(), json.dumps(key)[1:-1].encode(), quote(key, safe="").encode()}
        # JSON may write any character as \uXXXX.
        self._spelt = re.compile(b"".join(_spellings(character) for character in key))

    def without_key(self, content: bytes) -> bytes:
        """``content`` with every occurrence of the key masked."""
        for spelt in self._usual:
            if spelt in content:
                content = content.replace(spelt, self._masked)
        # Hundreds of pages a run come by here: searching for one text is quick, and for a pattern it is not.
        if b"\\u00" in content or b"\\/" in content:
            unescaped = _ESCAPED.sub(_unescaped, content)
            if any(spelt in unescaped for spelt in self._usual):
                content = self._spelt.sub(self._masked, content)
        return content

    def text(self, text: str) -> str:
        """Likewise for a text."""
        return text.replace(self._key, self.shown)

    def headers(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Likewise for headers, whose names still know no case."""
        if not any(self._key in value for value in headers.values()):
            return headers
        return _Headers({name: self.text(value) for name, value in headers.items()})


class _Headers(Mapping[str, str]):
    def __init__(self, headers: Mapping[str, str]) -> None:
        self._values = {name.lower(): value for name, value in headers.items()}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _unescaped(found: re.Match[bytes]) -> bytes:
    return b"/" if found[2] else bytes.fromhex(found[1].decode())


def _spellings(character: str) -> bytes:
    """A pattern of everything that JSON reads as ``character``, which is ASCII."""
    ways = {character, json.dumps(character)[1:-1], f"\\u00{ord(character):02x}", f"\\u00{ord(character):02X}"}
    if character == "/":
        ways.add("\\/")
    return b"(?:" + b"|".join(re.escape(way.encode()) for way in sorted(ways)) + b")"
