"""``/v1/contacts/signals``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from saber_pipeline.sandbox.bodies import CreateContactSignal
from saber_pipeline.sandbox.routes.company_signal_routes import (
    MAX_PAGE,
    PAGE,
    buy_one,
    find,
    reply_when_done,
    sync_headers,
)
from saber_pipeline.sandbox.routes.context import Context, context_of, json_bytes
from saber_pipeline.sandbox.routes.request_bodies import single_wish
from saber_pipeline.sandbox.signal_pages import Filter
from saber_pipeline.sandbox.validation import BAD_REQUEST, Query, read_body

if TYPE_CHECKING:
    from starlette.requests import Request

    from saber_pipeline.sandbox.signal_creation import Wish


async def create(request: Request) -> Response:
    context = context_of(request)
    signal = buy_one(context, await _wish(request, context))
    return JSONResponse(context.rendering.basic(signal), 201)


async def create_sync(request: Request) -> Response:
    context = context_of(request)
    timeout_seconds, timeout_is_error = sync_headers(request)
    signal = buy_one(context, await _wish(request, context))
    return await reply_when_done(context, signal, timeout_seconds, timeout_is_error=timeout_is_error)


async def _wish(request: Request, context: Context) -> Wish:
    body = await read_body(request, CreateContactSignal, invalid_status=BAD_REQUEST)
    return single_wish(context.sandbox, body.contact_profile_url, body, is_contact=True, invalid_status=BAD_REQUEST)


async def listing(request: Request) -> Response:
    context = context_of(request)
    query = Query(request, PAGE | {"contactProfileUrl"})
    limit, offset = query.integer("limit", MAX_PAGE, 1, MAX_PAGE), query.integer("offset", 0, 0)
    page = context.listing.page(Filter(is_contact=True, subject=query.url("contactProfileUrl")), limit, offset)
    return json_bytes(context.rendering.page(page.signals, page.total, limit, offset))


async def get(request: Request) -> Response:
    context = context_of(request)
    return json_bytes(context.rendering.detail(find(context, request.path_params["signal_id"], is_contact=True)))
