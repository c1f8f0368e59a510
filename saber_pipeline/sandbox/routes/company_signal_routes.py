"""``/v1/companies/signals`` without its batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from saber_pipeline.sandbox.bodies import CreateSignal
from saber_pipeline.sandbox.refused_requests import RefusalError, invalid, not_found, payment_required
from saber_pipeline.sandbox.routes.context import Context, context_of, json_bytes
from saber_pipeline.sandbox.routes.request_bodies import single_wish
from saber_pipeline.sandbox.signal_creation import Wish, buy
from saber_pipeline.sandbox.signal_pages import Filter
from saber_pipeline.sandbox.validation import BAD_REQUEST, UNPROCESSABLE, Query, read_body

if TYPE_CHECKING:
    from starlette.requests import Request

    from saber_pipeline.sandbox.records import Signal

PAGE = frozenset({"limit", "offset"})
LIST_QUERY = PAGE | {"domain", "companyId", "fromDate", "toDate", "status", "subscriptionId"}
LOG_QUERY = LIST_QUERY - {"subscriptionId"}
MAX_PAGE = 25
DEFAULT_SYNC_SECONDS = 60


async def create(request: Request) -> Response:
    context = context_of(request)
    body = await read_body(request, CreateSignal)
    wish = single_wish(context.sandbox, body.domain.lower(), body, is_contact=False, invalid_status=UNPROCESSABLE)
    return JSONResponse(context.rendering.basic(buy_one(context, wish)), 201)


async def create_sync(request: Request) -> Response:
    context = context_of(request)
    timeout_seconds, timeout_is_error = sync_headers(request)
    body = await read_body(request, CreateSignal, invalid_status=BAD_REQUEST)
    wish = single_wish(context.sandbox, body.domain.lower(), body, is_contact=False, invalid_status=BAD_REQUEST)
    return await reply_when_done(context, buy_one(context, wish), timeout_seconds, timeout_is_error=timeout_is_error)


def buy_one(context: Context, wish: Wish) -> Signal:
    signal = buy(context.sandbox, [wish]).signals[0]
    if signal is None:
        raise payment_required(context.sandbox.settings.credits_per_signal, context.sandbox.credits)
    return signal


def sync_headers(request: Request) -> tuple[float, bool]:
    """The seconds to wait, and whether a timeout is an error."""
    seconds = request.headers.get("x-sbr-timeout-sec", str(DEFAULT_SYNC_SECONDS))
    if not seconds.isdecimal() or not 1 <= int(seconds) <= 900:  # noqa: PLR2004 - the interface's own limit
        raise invalid("X-Sbr-Timeout-Sec", "must be an integer between 1 and 900", status=BAD_REQUEST)
    error = request.headers.get("x-sbr-timeout-error", "false")
    if error not in {"true", "false"}:
        raise invalid("X-Sbr-Timeout-Error", "must be true or false", status=BAD_REQUEST)
    return float(seconds), error == "true"


async def reply_when_done(
    context: Context, signal: Signal, timeout_seconds: float, *, timeout_is_error: bool
) -> Response:
    """Reply 200 with the finished signal. If the signal is still processing, reply 202 or 408."""
    await context.wait_until(signal.ready_ms, timeout_seconds)
    if signal.status(context.sandbox.clock.now_ms()) != "processing":
        return json_bytes(context.rendering.detail(signal))
    if timeout_is_error:
        raise RefusalError(408, "TIMEOUT", "The signal is still processing")
    return JSONResponse(context.rendering.basic(signal), 202)


async def listing(request: Request) -> Response:
    query = Query(request, LIST_QUERY)
    return _page(context_of(request), query, query.uuid("subscriptionId"))


async def subscription_logs(request: Request) -> Response:
    context = context_of(request)
    subscription_id = request.path_params["subscription_id"]
    query = Query(request, LOG_QUERY)
    if subscription_id not in context.sandbox.subscriptions:
        raise not_found(f"Subscription {subscription_id}")
    return _page(context, query, subscription_id)


def _page(context: Context, query: Query, subscription_id: str | None) -> Response:
    limit, offset = query.integer("limit", MAX_PAGE, 1, MAX_PAGE), query.integer("offset", 0, 0)
    subject = query.domain()
    company_id = query.text("companyId")
    if company_id is not None:
        domain = context.sandbox.company_domains.get(company_id, "")
        subject = domain if subject in {None, domain} else ""
    page = context.listing.page(
        Filter(
            subject=subject,
            statuses=query.statuses(),
            from_us=query.moment_us("fromDate"),
            to_us=query.moment_us("toDate"),
            subscription_id=subscription_id,
        ),
        limit,
        offset,
    )
    return json_bytes(context.rendering.page(page.signals, page.total, limit, offset))


async def get(request: Request) -> Response:
    context = context_of(request)
    return json_bytes(context.rendering.detail(find(context, request.path_params["signal_id"], is_contact=False)))


def find(context: Context, signal_id: str, *, is_contact: bool) -> Signal:
    """A signal that exists by now and is about the right kind of subject."""
    sandbox = context.sandbox
    signal = sandbox.store.get(signal_id)
    if (
        signal is None
        or signal.created_ms > sandbox.clock.now_ms()
        or sandbox.store.asked[signal.asked].is_contact is not is_contact
    ):
        raise not_found(f"Signal {signal_id}")
    return signal
