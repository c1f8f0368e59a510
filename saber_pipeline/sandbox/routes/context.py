"""The context that every route uses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from saber_pipeline.sandbox.signal_json import Rendering
from saber_pipeline.sandbox.signal_pages import Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from saber_pipeline.sandbox.sandbox_state import Sandbox

LOOK_AGAIN_SECONDS = 0.02


class Context:
    """A sandbox with its readers. Each app has one context, at ``request.app.state.context``."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.listing = Listing(sandbox)
        self.rendering = Rendering(sandbox)

    async def wait_until(self, ready_ms: int, timeout_seconds: float) -> bool:
        """Whether the sandbox's clock reaches ``ready_ms`` in time. Moving the clock forward shortens the wait."""
        clock = self.sandbox.clock
        deadline_ms = clock.now_ms() + int(timeout_seconds * 1000)
        while clock.now_ms() < min(ready_ms, deadline_ms):
            missing_seconds = (min(ready_ms, deadline_ms) - clock.now_ms()) / 1000
            await asyncio.sleep(min(max(missing_seconds, 0.001), LOOK_AGAIN_SECONDS))
        return clock.now_ms() >= ready_ms


def context_of(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


def json_bytes(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type="application/json")


def items_page(everything: Sequence[object], limit: int, offset: int, **more: Any) -> Response:
    """The page at ``offset`` of a listing that has ``items``, with the members ``more`` at its end."""
    items = everything[offset : offset + limit]
    has_more = offset + len(items) < len(everything)
    page = {"items": items, "total": len(everything), "limit": limit, "offset": offset, "hasMore": has_more}
    return JSONResponse(page | more)
