"""Real HTTP whose replies say something in another way than the sandbox does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable


class PageRewritingTransport(httpx.AsyncBaseTransport):
    """``rewrite`` changes each page of a listing in its place; it also gets the request."""

    def __init__(self, rewrite: Callable[[httpx.Request, dict[str, Any]], None]) -> None:
        self._real = httpx.AsyncHTTPTransport()
        self._rewrite = rewrite

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._real.handle_async_request(request)
        body = await response.aread()
        await response.aclose()
        told = json.loads(body)
        self.change(request, told)
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        return httpx.Response(response.status_code, headers=headers, content=json.dumps(told).encode())

    def change(self, request: httpx.Request, told: dict[str, Any]) -> None:
        if "results" in told or "items" in told:
            self._rewrite(request, told)

    async def aclose(self) -> None:
        await self._real.aclose()


class RewritingTransport(PageRewritingTransport):
    """``rewrite`` changes each signal of a reply in its place, wherever signals stand in it."""

    def __init__(self, rewrite: Callable[[dict[str, Any]], None]) -> None:
        super().__init__(lambda _, signal: rewrite(signal))

    def change(self, request: httpx.Request, told: dict[str, Any]) -> None:
        for signal in told.get("results", [told]):
            self._rewrite(request, signal)
