"""What of a secret may be shown, so that people tell one from another."""

from __future__ import annotations

_START, _END = 8, 4


def secret_ends(secret: str) -> str:
    """The first 8 and last 4 characters; nothing of a secret of which they are more than half."""
    return f"{secret[:_START]}…{secret[-_END:]}" if len(secret) >= 2 * (_START + _END) else "…"
