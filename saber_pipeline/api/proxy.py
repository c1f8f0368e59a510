"""The way to the API: an optional proxy, and optional additional certificates, both from the settings.

The usual environment variables (``HTTPS_PROXY``, ``SSL_CERT_FILE``) are ignored, so that no purchase takes a way that
the user has not chosen for it.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

MASKED = "…"


@dataclass(frozen=True)
class Way:
    """``proxy``: its address, with user and password if it requires them.

    ``ca_file``: a PEM file with certificates that are trusted in addition to the usual ones.
    """

    proxy: str | None = field(default=None, repr=False)
    ca_file: Path | None = None

    @property
    def proxy_address(self) -> str | None:
        """The proxy's address without user and password."""
        if self.proxy is None:
            return None
        parts = self._parts
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    @property
    def proxy_login(self) -> tuple[str, str] | None:
        if self.proxy is None or self._parts.username is None:
            return None
        return unquote(self._parts.username), unquote(self._parts.password or "")

    @property
    def proxy_headers(self) -> dict[str, str]:
        if self.proxy_login is None:
            return {}
        return {"Proxy-Authorization": f"Basic {b64encode(':'.join(self.proxy_login).encode()).decode()}"}

    def without_login(self, text: str) -> str:
        """``text`` with the proxy's password masked, in all encodings."""
        for secret in self._secrets():
            text = text.replace(secret, MASKED)
        return text

    def body_without_login(self, body: bytes) -> bytes:
        """``without_login`` for the body of a reply."""
        for secret in self._secrets():
            body = body.replace(secret.encode(), MASKED.encode())
        return body

    @property
    def _parts(self) -> SplitResult:
        return urlsplit(self.proxy or "")

    def _secrets(self) -> list[str]:
        if self.proxy_login is None or not self.proxy_login[1]:
            return []
        encoded = self.proxy_headers["Proxy-Authorization"].removeprefix("Basic ")
        return [encoded, self._parts.password or "", self.proxy_login[1]]


DIRECT = Way()
