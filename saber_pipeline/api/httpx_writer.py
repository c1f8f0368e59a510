"""Writes over httpx, which says of every failure whether the request had been sent: what was may have bought something.

With a transport of the caller's own, reads go this way too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from saber_pipeline.api.call import Call, NoReply, Reply
from saber_pipeline.api.reply_bodies import ACCEPT_ENCODING, BodyReader, UnusableBodyError
from saber_pipeline.api.send_hook import look_before_send
from saber_pipeline.api.tls import tls_context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from saber_pipeline.api.proxy import Way


class HttpxWriter:
    """Requests over connections that are used once: a write never takes one that the server may be closing just now.

    A reset on such a connection would leave open whether the purchase arrived.
    """

    def __init__(
        self,
        headers: Mapping[str, str],
        *,
        transport: httpx.AsyncBaseTransport | None,
        way: Way,
        max_connections: int,
        connect_seconds: float,
        describe_error: Callable[[Exception], str],
    ) -> None:
        self._connect_seconds = connect_seconds
        self._describe_error = describe_error
        if transport is not None:
            self._http = httpx.AsyncClient(transport=transport, headers=headers, trust_env=False)
            return
        limits = httpx.Limits(max_connections=max_connections, max_keepalive_connections=0)
        secure = tls_context(way.ca_file)
        proxy = None
        if way.proxy_address is not None:
            own = secure if way.proxy_address.startswith("https:") else None
            proxy = httpx.Proxy(way.proxy_address, auth=way.proxy_login, ssl_context=own)
        self._http = httpx.AsyncClient(headers=headers, verify=secure, proxy=proxy, trust_env=False, limits=limits)

    async def send(self, call: Call, base_url: str, *, silence_seconds: float) -> Reply | NoReply:
        """Send once. Failures are returned, not raised, but for TimeoutError."""
        headers = {"Accept-Encoding": ACCEPT_ENCODING, **call.headers}
        content = call.content
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            async with self._http.stream(
                call.method,
                base_url + call.path,
                params=list(call.query),
                content=content,
                headers=headers,
                timeout=httpx.Timeout(silence_seconds, connect=self._connect_seconds),
                extensions={"trace": _look_before_bytes} if call.is_write else None,
            ) as response:
                body = BodyReader(response.headers.get("content-encoding"))
                if response.is_stream_consumed:  # a transport of the caller's own had it at hand
                    return Reply(response.status_code, response.headers, response.content)
                async for piece in response.aiter_raw():
                    body.add(piece)
                return Reply(response.status_code, response.headers, body.whole())
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            # A proxy that refuses to make a tunnel has seen nothing of what was to go through it.
            return NoReply(self._describe_error(error), was_never_sent=True)
        except (httpx.TransportError, UnusableBodyError) as error:
            return NoReply(self._describe_error(error), was_never_sent=False)

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()


async def _look_before_bytes(event: str, _info: object) -> None:
    """Look once more when the connection stands: making it may have taken long, and the first byte comes next."""
    if event.endswith("send_request_headers.started"):
        look_before_send()
