"""The middleware that every request passes: faults, key, rate limit, headers, counting."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from saber_pipeline.sandbox.faults import BEFORE_THE_EFFECT, Rule
from saber_pipeline.sandbox.movable_clock import http_date
from saber_pipeline.sandbox.rate_limits import RateLimits, too_many_requests
from saber_pipeline.sandbox.refused_requests import RefusalError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from saber_pipeline.sandbox.sandbox_state import Sandbox

CONTROL_PREFIX = "/_sandbox/"
ID_IN_PATH = re.compile(r"/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
BAD_GATEWAY = 502
FOUND = 302
DRIPS = 20
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Gate:
    """The outermost ASGI middleware. Only the outermost one can cut a connection or spoil a reply."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox
        self._limits = RateLimits(sandbox.settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, method = scope["path"], scope["method"]
        headers: dict[str, str] = {}
        timed_send = self._with_headers(send, headers)
        if path.startswith(CONTROL_PREFIX):
            await self._app(scope, receive, timed_send)
            return
        self._sandbox.requests[f"{method} {ID_IN_PATH.sub('/{id}', path)}"] += 1
        now_seconds = self._sandbox.clock.now_seconds()
        fault = self._sandbox.faults.strike(method, path, now_seconds)
        if fault is not None and fault.kind in BEFORE_THE_EFFECT:
            await _fail(fault, scope, receive, timed_send, send)
            return
        refusal = self._admit(scope, method, headers, now_seconds)
        if refusal is not None:
            await refusal(scope, receive, timed_send)
        elif fault is not None:
            spoilt = _SpoiltReply(fault)
            await self._app(scope, receive, spoilt.keep)
            await spoilt.deliver(scope, receive, timed_send, send)
        else:
            await self._app(scope, receive, timed_send)

    def _admit(self, scope: Scope, method: str, headers: dict[str, str], now_seconds: float) -> Response | None:
        """Check key and rate limit. Returns the refusal to send, or None if the request may continue."""
        authorization = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        scheme, _, key = authorization.partition(" ")
        required = self._sandbox.settings.required_key
        is_known = key == required if required is not None else key.startswith("sk_")
        if scheme.lower() != "bearer" or not is_known:
            refusal = RefusalError(401, "UNAUTHORIZED", "The API key is missing or not valid")
            headers |= self._limits.bucket("", method, now_seconds).headers
            return refusal.response()
        bucket = self._limits.bucket(key, method, now_seconds)
        is_admitted = bucket.take(now_seconds)
        headers |= bucket.headers
        return None if is_admitted else JSONResponse(self._limits.refusal(bucket, now_seconds), 429)

    def _with_headers(self, send: Send, headers: dict[str, str]) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                # The sandbox's own clock, which may be ahead of the machine's.
                now_seconds = self._sandbox.clock.now_seconds()
                headers["Date"] = http_date(self._sandbox.faults.effects.date_seconds(now_seconds))
                own = [(name.encode(), value.encode()) for name, value in headers.items()]
                message = {**message, "headers": [*message["headers"], *own]}
            await send(message)

        return send_with_headers


async def _fail(fault: Rule, scope: Scope, receive: Receive, timed_send: Send, raw_send: Send) -> None:
    """Send the fault's reply in place of the operation's reply."""
    if fault.kind in {"reset_before", "reset_after"}:
        await _reset(raw_send)
    elif fault.kind in {"silent_before", "silent_after"}:
        await asyncio.sleep(fault.seconds)
        await _reset(raw_send)
    elif fault.kind == "page_after":
        page = "<html><head><title>Moved</title></head><body><h1>This page is elsewhere</h1></body></html>"
        where = {"Location": "https://www.example.com/"} if fault.status == FOUND else None
        await HTMLResponse(page, fault.status, headers=where)(scope, receive, timed_send)
    elif fault.kind == "too_many_requests":
        body = too_many_requests(fault.shape, fault.retry_after_seconds)
        await JSONResponse(body, 429)(scope, receive, timed_send)
    elif fault.status == BAD_GATEWAY:
        page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
        await HTMLResponse(page, BAD_GATEWAY)(scope, receive, timed_send)
    else:
        refusal = RefusalError(fault.status, "INTERNAL", "Something went wrong", code="INTERNAL_ERROR")
        await refusal.response()(scope, receive, timed_send)


async def _reset(raw_send: Send) -> None:
    """Cut the connection with a TCP reset, without a reply."""
    transport = _transport(raw_send)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    transport.abort()
    await asyncio.sleep(0.01)  # in this time uvicorn notices that the client is gone, so that it logs no error


class _SpoiltReply:
    """Keeps the operation's reply, then delivers a damaged reply or none."""

    def __init__(self, fault: Rule) -> None:
        self._fault = fault
        self._start: Message = {}
        self._body = b""

    async def keep(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        else:
            self._body += message.get("body", b"")

    async def deliver(self, scope: Scope, receive: Receive, timed_send: Send, raw_send: Send) -> None:
        if self._fault.kind == "truncate":
            await timed_send(self._start)
            await timed_send(_part(self._body[: len(self._body) // 2], more=True))
            await _reset_after_flush(raw_send)
        elif self._fault.kind == "drip":
            await timed_send(self._start)
            step = max(1, -(-len(self._body) // DRIPS))
            beginnings = range(0, len(self._body), step)
            for begin in beginnings:
                await asyncio.sleep(self._fault.seconds / len(beginnings))
                await timed_send(_part(self._body[begin : begin + step], more=True))
            await timed_send(_part(b"", more=False))
        else:
            await _fail(self._fault, scope, receive, timed_send, raw_send)


def _part(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _reset_after_flush(raw_send: Send) -> None:
    """Close the connection after the sent bytes have left, so that the client receives half a body."""
    _transport(raw_send).close()
    await asyncio.sleep(0.01)  # in this time uvicorn notices that the connection is gone


def _transport(raw_send: Send) -> Any:
    """The connection. ASGI has no message that cuts one; uvicorn's ``send`` is a method of the object that holds it."""
    transport = getattr(getattr(raw_send, "__self__", None), "transport", None)
    if transport is None:
        raise RuntimeError("Connections can be cut only under uvicorn")
    return transport
