"""The key is never shown: not in an error, not in a log, not when the API itself echoes it."""

from __future__ import annotations

SHORTEST_SHOWN = 20
"""A shorter key would be given away by its first 8 and last 4 characters."""


def mask_key(key: str) -> str:
    """First 8 and last 4 characters, enough to tell two keys apart."""
    return f"{key[:8]}…{key[-4:]}" if len(key) >= SHORTEST_SHOWN else "…"


def without_key(content: bytes, key: str) -> bytes:
    """``content`` with every occurrence of the key masked."""
    return content.replace(key.encode(), mask_key(key).encode())
