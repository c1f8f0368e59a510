"""Reads the body of a reply, with a size limit before and after decompression.

A megabyte of gzip can become a gigabyte. So neither HTTP library decompresses for us, and this module stops at the
limit. It understands only the encodings in ``ACCEPT_ENCODING``.
"""

from __future__ import annotations

import zlib

MOST_REPLY_BYTES = 64_000_000
"""A page of 25 signals has about 100 kB; docs/operations.md names this limit."""

ACCEPT_ENCODING = "gzip, deflate"
_READ_HEADER = 32 + zlib.MAX_WBITS  # gzip or zlib, as the first bytes say
_RAW = -zlib.MAX_WBITS
_STEP_BYTES = 1 << 20
_ZLIB_METHOD = 8  # in the lower half of the first byte of zlib's header


class UnusableBodyError(ValueError):
    """A body that is too large, damaged, or in an encoding that was not requested. The text is part of a sentence."""


class BodyReader:
    """Collects a body from pieces as they arrive. ``encoding`` is the reply's Content-Encoding."""

    def __init__(self, encoding: str | None, *, most_bytes: int = MOST_REPLY_BYTES) -> None:
        named = [name.strip().lower() for name in (encoding or "").split(",")]
        self._encodings = [name for name in named if name not in ("", "identity")]
        self._most_bytes = most_bytes
        self._parts: list[bytes] = []
        self._size = 0
        self._unpacking: zlib._Decompress | None = None
        if self._encodings and self._encodings not in (["gzip"], ["x-gzip"], ["deflate"]):
            raise UnusableBodyError("the reply has a compression that was not requested")

    def add(self, piece: bytes) -> None:
        """Add the next piece. Raises UnusableBodyError."""
        if not self._encodings:
            self._keep(piece)
            return
        while piece:
            if self._unpacking is None:
                self._unpacking = self._begin(piece)
            try:
                self._keep(self._unpacking.decompress(piece, _STEP_BYTES))
            except zlib.error:
                raise UnusableBodyError("the compressed reply is damaged") from None
            piece = self._unpacking.unconsumed_tail
            if self._unpacking.eof:
                piece = self._unpacking.unused_data  # another gzip member may follow
                self._unpacking = None
                if self._encodings == ["deflate"] or not piece.strip(b"\0"):
                    return

    def whole(self) -> bytes:
        """The body, after all pieces were added. Raises UnusableBodyError if a compressed body was cut."""
        if self._unpacking is not None:
            raise UnusableBodyError("the compressed reply was cut off")
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    def _begin(self, piece: bytes) -> zlib._Decompress:
        # "deflate" should have zlib's header, but some servers leave it out.
        is_raw = self._encodings == ["deflate"] and piece[0] & 0x0F != _ZLIB_METHOD
        return zlib.decompressobj(_RAW if is_raw else _READ_HEADER)

    def _keep(self, unpacked: bytes) -> None:
        self._size += len(unpacked)
        if self._size > self._most_bytes:
            raise UnusableBodyError(f"the reply is larger than {self._most_bytes // 1_000_000:,} MB")
        if unpacked:
            self._parts.append(unpacked)
