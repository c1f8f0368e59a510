"""Masks the API key in errors, logs and tables, even if the API repeats it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from saber_pipeline.secret_ends import secret_ends

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST_SEARCHED = 8
"""A shorter key is not one of Saber's, and may be a word that every reply contains."""

FEW_MARKS = 100

NEEDS_A_BACKSLASH = '"\\/'
"""Characters that JSON escapes, or may escape, with a backslash."""


class KeyMask:
    """Replaces a key by ``shown``, also if some of its characters are escaped as in JSON or in an address."""

    def __init__(self, key: str) -> None:
        self.shown = secret_ends(key)
        self._is_distinctive = len(key) >= SHORTEST_SEARCHED
        self._masked = re.sub(r'["\\]', ".", self.shown).encode()  # safe inside a JSON string
        self._key = key.encode()
        self._spelt = re.compile(b"".join(_spellings(character) for character in key))
        codes = b"|".join(_hexadecimal(character) for character in sorted(set(key)))
        self._by_backslash = re.compile(rb"\\(?:u00(?:%b)%b)" % (codes, b"".join(map(_or_escaped, sorted(set(key))))))
        self._by_percent = re.compile(b"%%(?:25){0,4}(?:%b)" % codes)

    def without_key(self, content: bytes) -> bytes:
        """``content`` with every occurrence of the key masked."""
        if self._key in content:
            content = content.replace(self._key, self._masked)
        # This is called for hundreds of pages in a run. Searching all spellings of the key takes 50 times as long as
        # searching a character. So check first whether any character of the key is escaped, which is rare.
        if _occurs(self._by_backslash, b"\\", content) or _occurs(self._by_percent, b"%", content):
            content = self._spelt.sub(self._masked, content)
        return content

    def without_likely_key(self, content: bytes) -> bytes:
        """``without_key`` for content to keep: a key so short that it may be an ordinary word is not masked."""
        return self.without_key(content) if self._is_distinctive else content

    def text(self, text: str) -> str:
        """``without_key`` for a text."""
        return self.without_key(text.encode(errors="surrogatepass")).decode(errors="surrogatepass")

    def headers(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """``without_key`` for headers. Their names stay case-insensitive."""
        together = "\n".join(headers.values())
        if self.text(together) == together:
            return headers
        masked = [(name, value, self.text(value)) for name, value in headers.items()]
        if all(value == shown for _, value, shown in masked):
            return headers
        return _Headers({name: shown for name, _, shown in masked})


def _occurs(pattern: re.Pattern[bytes], mark: bytes, content: bytes) -> bool:
    """Whether ``pattern``, which begins with ``mark``, occurs in ``content``.

    Up to FEW_MARKS marks are checked one by one, because searching a page for the pattern takes as long as decoding it.
    """
    at = content.find(mark)
    for _ in range(FEW_MARKS):
        if at < 0 or pattern.match(content, at) is not None:
            return at >= 0
        at = content.find(mark, at + 1)
    return at >= 0 and pattern.search(content, at) is not None


class _Headers(Mapping[str, str]):
    def __init__(self, headers: Mapping[str, str]) -> None:
        self._values = {name.lower(): value for name, value in headers.items()}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _spellings(character: str) -> bytes:
    """A pattern for an ASCII character: itself, or escaped as in JSON or in an address, possibly several times.

    The number of repeated escapes is limited, because otherwise a page of backslashes would take for ever.
    """
    code = _hexadecimal(character)
    plain = rb"\\{0,8}" if character in NEEDS_A_BACKSLASH else b""
    return rb"(?:%b%b|\\{1,8}u00(?:%b)|%%(?:25){0,4}(?:%b))" % (plain, re.escape(character.encode()), code, code)


def _or_escaped(character: str) -> bytes:
    return b"|" + re.escape(character.encode()) if character in NEEDS_A_BACKSLASH else b""


def _hexadecimal(character: str) -> bytes:
    code = f"{ord(character):02x}"
    return f"{code[0]}(?:{code[1]}|{code[1].upper()})".encode() if code[1].isalpha() else code.encode()
