"""Writes over httpx, which tells for every failure whether the request was sent and so may have bought something.

If the caller passes a transport, reads use it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from saber_pipeline.api.call import Call, NoReply, Reply
from saber_pipeline.api.reply_bodies import ACCEPT_ENCODING, BodyReader, UnusableBodyError
from saber_pipeline.api.send_hook import check_before_send
from saber_pipeline.api.tls import tls_context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from saber_pipeline.api.proxy import Way


class HttpxWriter:
    """Sends each request over a new connection, so that no write uses one that the server is just closing.

    A reset on such a connection would not tell whether the purchase arrived.
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
        """Send once. Failures are returned, not raised, except TimeoutError."""
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
                extensions={"trace": _check_before_bytes} if call.is_write else None,
            ) as response:
                body = BodyReader(response.headers.get("content-encoding"))
                if response.is_stream_consumed:  # the caller's transport had it in memory
                    return Reply(response.status_code, response.headers, response.content)
                async for piece in response.aiter_raw():
                    body.add(piece)
                return Reply(response.status_code, response.headers, body.whole())
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            # A proxy that refuses a tunnel has not seen the request.
            return NoReply(self._describe_error(error), was_never_sent=True)
        except (httpx.TransportError, UnusableBodyError) as error:
            return NoReply(self._describe_error(error), was_never_sent=False)

    async def close(self) -> None:
        await self._http.aclose()


async def _check_before_bytes(event: str, _info: object) -> None:
    """Run the hook again before the first byte, because connecting may have taken long."""
    if event.endswith("send_request_headers.started"):
        check_before_send()
