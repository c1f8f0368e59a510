"""``/v1/companies/signals/summaries``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from saber_pipeline.sandbox.bodies import CreateSummary
from saber_pipeline.sandbox.journal_events import CreditsSet, SummaryMade
from saber_pipeline.sandbox.movable_clock import iso
from saber_pipeline.sandbox.records import Summary
from saber_pipeline.sandbox.refused_requests import RefusalError, payment_required
from saber_pipeline.sandbox.routes.context import context_of
from saber_pipeline.sandbox.validation import Query, read_body

if TYPE_CHECKING:
    from starlette.requests import Request

    from saber_pipeline.sandbox.records import Signal
    from saber_pipeline.sandbox.sandbox_state import Sandbox

MAX_PAGE = 100
MAX_POINTS = 5
QUALIFICATIONS = ("disqualified", "poor", "neutral", "good", "excellent")


def start_summary(sandbox: Sandbox, domain: str) -> Summary:
    """Start a summary. It is ready ``summary_seconds`` after the last signal bought so far for the domain."""
    now_ms = sandbox.clock.now_ms()
    timeline = sandbox.store.timeline(is_contact=False, subject=domain)
    last_ms = max((moment for moment, _ in timeline.completed), default=now_ms)
    ready_ms = max(now_ms, last_ms) + int(sandbox.settings.summary_seconds * 1000)
    summary = Summary(sandbox.new_id("summary"), domain, now_ms, ready_ms)
    sandbox.record(SummaryMade(summary=summary))
    return summary


async def create(request: Request) -> Response:
    """Reply 204 if the domain has no completed signal, and 409 while a summary of the domain is running."""
    context = context_of(request)
    sandbox = context.sandbox
    domain = (await read_body(request, CreateSummary)).domain.lower()
    now_ms = sandbox.clock.now_ms()
    if any(summary.domain == domain and summary.ready_ms > now_ms for summary in sandbox.summaries):
        raise RefusalError(409, "CONFLICT", f"A summary of {domain} is already running")
    if not _completed(sandbox, domain):
        return Response(status_code=204)
    price = sandbox.settings.credits_per_summary
    if sandbox.credits < price:
        raise payment_required(price, sandbox.credits)
    if price:
        sandbox.record(CreditsSet(credits=sandbox.credits - price))
    summary = Summary(sandbox.new_id("summary"), domain, now_ms, now_ms + int(sandbox.settings.summary_seconds * 1000))
    sandbox.record(SummaryMade(summary=summary))
    await context.wait_until(summary.ready_ms, sandbox.settings.summary_seconds + 1)
    return JSONResponse({"summary": _points(sandbox, domain)})


async def listing(request: Request) -> Response:
    sandbox = context_of(request).sandbox
    query = Query(request, frozenset({"domain", "limit", "offset"}))
    domain = query.domain(required=True)
    limit, offset = query.integer("limit", 25, 1, MAX_PAGE), query.integer("offset", 0, 0)
    found = [summary for summary in reversed(sandbox.summaries) if summary.domain == domain]
    results = [_as_json(sandbox, summary) for summary in found[offset : offset + limit]]
    page = {"results": results, "total": len(found), "limit": limit, "offset": offset, "count": len(results)}
    return JSONResponse(page)


def _as_json(sandbox: Sandbox, summary: Summary) -> dict[str, Any]:
    is_ready = summary.ready_ms <= sandbox.clock.now_ms()
    return {
        "id": summary.id,
        "summary": _points(sandbox, summary.domain) if is_ready else [],
        "status": "completed" if is_ready else "processing",
        "signalsCount": len(_completed(sandbox, summary.domain)),
        "createdAt": iso(summary.created_ms),
        "updatedAt": iso(summary.ready_ms if is_ready else summary.created_ms),
    }


def _points(sandbox: Sandbox, domain: str) -> list[dict[str, Any]]:
    questions = list(dict.fromkeys(sandbox.store.asked[s.asked].question for s in _completed(sandbox, domain)))
    return [
        {
            "description": f"Research on {domain} has an answer to “{question}”.",
            "referenceQuestions": [question],
            "qualification": QUALIFICATIONS[(len(question) + len(domain)) % len(QUALIFICATIONS)],
            "sources": [f"https://{domain}/about"],
        }
        for question in questions[:MAX_POINTS]
    ]


def _completed(sandbox: Sandbox, domain: str) -> list[Signal]:
    timeline = sandbox.store.timeline(is_contact=False, subject=domain)
    moments = timeline.completed_between(0, sandbox.clock.now_ms())
    return [sandbox.store.signals[position] for _, position in moments]
