"""``/v1/companies/signals/batch`` and the status of batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET
from starlette.responses import JSONResponse, Response

from saber_pipeline.sandbox.bodies import CreateBatch
from saber_pipeline.sandbox.movable_clock import iso
from saber_pipeline.sandbox.records import Asked, Batch
from saber_pipeline.sandbox.refused_requests import invalid
from saber_pipeline.sandbox.routes.context import Context, context_of
from saber_pipeline.sandbox.routes.request_bodies import batch_asked
from saber_pipeline.sandbox.routes.summary_routes import start_summary
from saber_pipeline.sandbox.signal_creation import Wish, buy
from saber_pipeline.sandbox.validation import UNPROCESSABLE, Query, read_body

if TYPE_CHECKING:
    from starlette.requests import Request

    from saber_pipeline.sandbox.records import Signal
    from saber_pipeline.sandbox.sandbox_state import Sandbox

MAX_SYNC_SIGNALS = 100
MAX_SYNC_DOMAINS = 100
MAX_ASYNC_SIGNALS = 20_000


async def create(request: Request) -> Response:
    context = context_of(request)
    body = await read_body(request, CreateBatch)
    _check_size(context.sandbox, body)
    questions = [batch_asked(context.sandbox, item, index) for index, item in enumerate(body.signals)]
    wishes = [
        Wish(
            domain.lower(),
            question,
            is_forced=item.force_refresh,
            webhook_url="" if item.webhook_url is UNSET else item.webhook_url,
        )
        for domain in body.domains
        for question, item in zip(questions, body.signals, strict=True)
    ]
    reply = _create_async(context, body, wishes) if body.is_async else _create_sync(context, wishes)
    if body.generate_summary_on_complete:
        for domain in dict.fromkeys(wish.subject for wish in wishes):
            start_summary(context.sandbox, domain)
    return reply


def _check_size(sandbox: Sandbox, body: CreateBatch) -> None:
    """Check the limits of the batch's mode. A fault, otherwise a setting, may cap the domains of async mode."""
    signals = len(body.signals) * len(body.domains)
    if not body.is_async:
        domain_cap: int | None = MAX_SYNC_DOMAINS
        signal_cap = MAX_SYNC_SIGNALS
    else:
        domain_cap = sandbox.in_force("async_domain_cap")
        signal_cap = MAX_ASYNC_SIGNALS
    if domain_cap is not None and len(body.domains) > domain_cap:
        raise invalid("domains", f"at most {domain_cap} items are allowed, got {len(body.domains)}")
    if signals > signal_cap:
        raise invalid("signals", f"at most {signal_cap} signals are allowed, got {signals}")


def _create_async(context: Context, body: CreateBatch, wishes: list[Wish]) -> Response:
    sandbox = context.sandbox
    batch = Batch(
        id=sandbox.new_id("batch"),
        submitted_ms=sandbox.clock.now_ms(),
        signals=len(wishes),
        domains=tuple(dict.fromkeys(wish.subject for wish in wishes)),
        wants_summary=body.generate_summary_on_complete,
    )
    buy(sandbox, wishes, batch)
    reply = {
        "batchId": batch.id,
        "submittedAt": iso(batch.submitted_ms),
        "totalSignals": batch.signals,
        "status": "accepted",
        "async": True,
    }
    return JSONResponse(reply, 202)


def _create_sync(context: Context, wishes: list[Wish]) -> Response:
    """List items that the balance does not cover without an id. If the balance covers no item, reply 422."""
    receipt = buy(context.sandbox, wishes)
    accepted = sum(signal is not None for signal in receipt.signals)
    reply = {
        "submittedAt": iso(context.sandbox.clock.now_ms()),
        "totalSignals": len(wishes),
        "accepted": accepted,
        "rejected": len(wishes) - accepted,
        "results": [
            context.rendering.basic(signal) if signal else _rejected(wish.subject, wish.asked)
            for wish, signal in zip(wishes, receipt.signals, strict=True)
        ],
    }
    return JSONResponse(reply, 202 if accepted else UNPROCESSABLE)


def _rejected(domain: str, asked: Asked) -> dict[str, Any]:
    return {
        "signalType": "COMPANY",
        "domain": domain,
        "status": "failed",
        "question": asked.question,
        "answerType": asked.answer_type,
        "error": "Insufficient credits",
        "errorCode": "PAYMENT_REQUIRED",
    }


async def status(request: Request) -> Response:
    """The real API's shape is not public. This shape is a guess, for use as a hint only."""
    context = context_of(request)
    domain = Query(request, frozenset({"domain"})).domain(required=True)
    sandbox = context.sandbox
    now_ms = sandbox.clock.now_ms()
    timeline = sandbox.store.timeline(is_contact=False, subject=domain)
    visible: list[Signal] = [
        sandbox.store.signals[position] for _, position in timeline.created[: timeline.visible(now_ms)]
    ]
    counts = {"processing": 0, "completed": 0, "failed": 0}
    for signal in visible:
        counts[signal.status(now_ms)] += 1
    batches = [
        {"batchId": batch.id, "submittedAt": iso(batch.submitted_ms), "totalSignals": batch.signals}
        for batch in sandbox.batches.values()
        if domain in batch.domains
    ]
    return JSONResponse({"domain": domain, "total": len(visible), **counts, "batches": batches})
