"""Reads over aiohttp: a run makes hundreds of them, and httpx takes seven times as long for each.

For reads only. aiohttp does not tell for every failure whether the request was sent, and it retries some requests by
itself. This does not matter for reads, but a write could buy twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from saber_pipeline.api.call import Call, NoReply, Reply, query_string
from saber_pipeline.api.reply_bodies import ACCEPT_ENCODING, BodyReader, UnusableBodyError
from saber_pipeline.api.tls import tls_context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from saber_pipeline.api.proxy import Way

READ_BUFFER_BYTES = 1 << 18
"""A page of 25 signals is about 100 kB. If it fits, aiohttp need not pause the connection."""


@dataclass(repr=False)  # the headers hold the key
class AiohttpReader:
    """Sends GET requests over kept-alive connections, at most ``max_connections`` at once."""

    headers: Mapping[str, str]
    way: Way
    max_connections: int
    connect_seconds: float
    describe_error: Callable[[Exception], str]
    _session: aiohttp.ClientSession | None = None
    _proxy_headers: Mapping[str, str] | None = None
    _sent_always: Mapping[str, str] = field(default_factory=dict)

    async def send(self, call: Call, base_url: str, *, silence_seconds: float) -> Reply | NoReply:
        """Send once. Failures are returned, not raised, except TimeoutError."""
        session = self._session or self._open(base_url)
        timeout = aiohttp.ClientTimeout(sock_connect=self.connect_seconds, sock_read=silence_seconds)
        query = query_string(call.query)
        url = URL(f"{base_url}{call.path}?{query}" if query else base_url + call.path, encoded=True)
        try:
            async with session.request(
                call.method,
                url,
                headers={**self._sent_always, **call.headers},
                timeout=timeout,
                allow_redirects=False,
                proxy=self.way.proxy_address,
                proxy_headers=self._proxy_headers,
            ) as response:
                body = BodyReader(response.headers.get("content-encoding"))
                while piece := await response.content.readany():
                    body.add(piece)
                return Reply(response.status, response.headers, body.whole())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
            return NoReply(self.describe_error(error), was_never_sent=True)
        except (aiohttp.ClientError, UnusableBodyError) as error:
            return NoReply(self.describe_error(error), was_never_sent=False)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _open(self, base_url: str) -> aiohttp.ClientSession:
        """Create the session. It belongs to the event loop, so the first request creates it."""
        is_encrypted = base_url.startswith("https:")
        # The proxy's login is for the proxy alone. It is sent with the request for a tunnel or, without encryption,
        # with each request, where the proxy expects it.
        self._proxy_headers = self.way.proxy_headers if is_encrypted else None
        login = {} if is_encrypted else self.way.proxy_headers
        needs_certificates = is_encrypted or (self.way.proxy_address or "").startswith("https:")
        secure = tls_context(self.way.ca_file) if needs_certificates else True
        # Not as headers of the session, because aiohttp would send them to the proxy too: the key is for the API alone.
        self._sent_always = {**self.headers, **login, "Accept-Encoding": ACCEPT_ENCODING}
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self.max_connections, ssl=secure),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            read_bufsize=READ_BUFFER_BYTES,
            trust_env=False,
        )
        # RetryingClient retries and counts requests. If this switch ever fails, some reads are sent twice.
        self._session._retry_connection = False  # noqa: SLF001 - there is no public switch
        return self._session
