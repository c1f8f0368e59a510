"""Sends one HTTP request without retries: returns a complete reply, or the reason for its absence."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import idna

from saber_pipeline import __version__
from saber_pipeline.api.call import Call, NoReply, Reply
from saber_pipeline.api.masking import KeyMask
from saber_pipeline.api.proxy import DIRECT, Way
from saber_pipeline.api.reply_bodies import UnusableBodyError
from saber_pipeline.errors import SettingsError

if TYPE_CHECKING:
    import httpx

    from saber_pipeline.api.aiohttp_reader import AiohttpReader
    from saber_pipeline.api.httpx_writer import HttpxWriter


HOST = re.compile(r"[\w.~-]+|[0-9a-f:.%]+", re.ASCII)
"""A host name, or an IPv6 address without its brackets."""


@dataclass(frozen=True)
class RequestLimits:
    """Limits for every request, in seconds.

    ``reply_seconds``: the longest silence. ``total_seconds``: the longest request. For a sync create, the time that it
    asks the API to wait is added to both. ``rate_limit_patience_seconds``: the longest delay by rate limits.
    """

    max_concurrent: int = 64
    connect_seconds: float = 10.0
    reply_seconds: float = 60.0
    total_seconds: float = 180.0
    rate_limit_patience_seconds: float = 600.0


class Transport:
    """Sends requests to one base URL with one key. Its results and errors never contain the key."""

    def __init__(
        self,
        api_key: str,
        base_url: str,
        *,
        transport: httpx.AsyncBaseTransport | None,
        limits: RequestLimits,
        way: Way = DIRECT,
    ) -> None:
        self.base_url = checked_base_url(base_url)
        self._key = checked_key(api_key)
        self._mask = KeyMask(self._key)
        self._limits = limits
        self._way = way
        self._headers = {
            "Authorization": f"Bearer {self._key}",
            "Accept": "application/json",
            "User-Agent": f"saber-pipeline/{__version__}",
        }
        self._transport = transport
        self._httpx_writer: HttpxWriter | None = None
        self._aiohttp_reader: AiohttpReader | None = None

    @property
    def masked_key(self) -> str:
        return self._mask.shown

    def masked(self, body: bytes) -> bytes:
        """A body with the key masked, in case the API repeats it."""
        return self._way.body_without_login(self._mask.without_key(body))

    def _kept(self, body: bytes) -> bytes:
        return self._way.body_without_login(self._mask.without_likely_key(body))

    async def send(self, call: Call) -> Reply | NoReply:
        """Send once. Failures are returned, not raised, because an exception would carry the request's headers."""
        silence_seconds = self._limits.reply_seconds + call.wait_seconds
        # Create the client before the timeout starts: the first one imports its library, up to a second.
        client = self._reader() if call.method == "GET" and self._transport is None else self._writer()
        try:
            async with asyncio.timeout(self._limits.total_seconds + call.wait_seconds):
                reply = await client.send(call, self.base_url, silence_seconds=silence_seconds)
        except TimeoutError:
            return NoReply("it took too long", was_never_sent=False)
        if isinstance(reply, Reply):  # mask successful replies too: they land on disk and in tables
            body = self._kept(reply.body) if reply.is_success else self.masked(reply.body)
            return Reply(reply.status, self._mask.headers(reply.headers), body)
        return reply

    def _reader(self) -> AiohttpReader:
        if self._aiohttp_reader is None:
            from saber_pipeline.api.aiohttp_reader import AiohttpReader  # noqa: PLC0415  0.1 s, only for reads

            self._aiohttp_reader = AiohttpReader(
                self._headers,
                way=self._way,
                max_connections=self._limits.max_concurrent,
                connect_seconds=self._limits.connect_seconds,
                describe_error=self._describe_error,
            )
        return self._aiohttp_reader

    def _writer(self) -> HttpxWriter:
        if self._httpx_writer is None:
            from saber_pipeline.api.httpx_writer import HttpxWriter  # noqa: PLC0415  0.1 s, only for writes

            self._httpx_writer = HttpxWriter(
                self._headers,
                transport=self._transport,
                way=self._way,
                max_connections=self._limits.max_concurrent,
                connect_seconds=self._limits.connect_seconds,
                describe_error=self._describe_error,
            )
        return self._httpx_writer

    def _describe_error(self, error: Exception) -> str:
        text = self._way.without_login(self._mask.text(str(error).strip().rstrip(".")))
        if isinstance(error, UnusableBodyError):
            return text
        name = type(error).__name__
        return f"{name}: {text}" if text else name

    async def close(self) -> None:
        if self._aiohttp_reader is not None:
            await self._aiohttp_reader.close()
        if self._httpx_writer is not None:
            await self._httpx_writer.close()


def checked_key(api_key: str) -> str:
    """The key without surrounding space. Raises SettingsError if it cannot be sent in a header."""
    key = api_key.strip()
    if not key:
        raise SettingsError("SABER_API_KEY is not set: put your Saber API key there, or in .env.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise SettingsError("SABER_API_KEY holds spaces or special characters: copy the key again.")
    return key


def checked_base_url(base_url: str) -> str:
    """The base URL without a trailing slash. Raises SettingsError if it is not an HTTP address."""
    address = base_url.strip()
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        ascii_host = host if host.isascii() else idna.encode(host, uts46=True).decode()
        is_usable = parts.scheme in ("http", "https") and bool(HOST.fullmatch(ascii_host)) and parts.port != 0
    except (ValueError, UnicodeError):  # an invalid port, an open bracket, an invalid name
        is_usable = False
    if not is_usable or "@" in parts.netloc or re.search(r"[\s?#\\]", address):
        raise SettingsError("SABER_BASE_URL must be an address such as https://api.saber.app, with a path at most.")
    return address.rstrip("/")
