"""Encrypted connections."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl


@cache
def tls_context() -> ssl.SSLContext:
    """What connections are checked against. One for the whole process: reading the certificates takes time."""
    import httpx  # noqa: PLC0415  0.1 s, which a run that needs no API saves

    return httpx.create_ssl_context(trust_env=False)
