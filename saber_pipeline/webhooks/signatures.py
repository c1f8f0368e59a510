"""Is a webhook signed with our secret? HMAC-SHA256 over the raw body, in whatever spelling.

Which spelling Saber uses is not public, so every usual one is read: hex or base64 (of either alphabet, padded
or not), alone or behind a prefix such as ``sha256=``, and several signatures in one header.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator

HEADER = "x-webhook-signature"
LONGEST_HEADER = 4_096
_DIGEST_BYTES = 32
_HEX = re.compile(r"[0-9a-fA-F]{64}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{43}=?")


def is_signed(body: bytes, header: str | None, secret: str) -> bool:
    """Whether ``header`` holds the signature of ``body``. Comparing takes the same time wherever they differ."""
    if not header or len(header) > LONGEST_HEADER:
        return False
    expected = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    matches = [hmac.compare_digest(expected, digest) for digest in _digests(header)]
    return any(matches)


def _digests(header: str) -> Iterator[bytes]:
    for part in re.split(r"[,;\s]+", header):
        # Base64 may end in "=", so what stands behind the first "=" is tried besides the whole.
        for text in {part, part.partition("=")[2], part.partition(":")[2]}:
            if _HEX.fullmatch(text):
                yield bytes.fromhex(text)
            elif _BASE64.fullmatch(text):
                try:
                    digest = base64.b64decode(text.rstrip("=") + "=", altchars=b"-_" if set(text) & set("-_") else None)
                except (binascii.Error, ValueError):
                    continue
                if len(digest) == _DIGEST_BYTES:
                    yield digest
