"""``/_sandbox/*``: the routes that the real API does not have. They need no key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta
from starlette.responses import JSONResponse, Response

from saber_pipeline.sandbox.answers.generated_values import BatchAnswerType
from saber_pipeline.sandbox.bodies import CreateResearch, Domain, LongName, QuestionText, Uuid
from saber_pipeline.sandbox.books import read_books
from saber_pipeline.sandbox.faults import Faults, FaultsBody
from saber_pipeline.sandbox.journal_events import (
    ClockAdvanced,
    CompanyListGone,
    CompanyListMade,
    CreditsSet,
    ResearchMade,
    SubscriptionMade,
)
from saber_pipeline.sandbox.movable_clock import iso
from saber_pipeline.sandbox.records import CompanyList, Subscription, asked
from saber_pipeline.sandbox.refused_requests import invalid
from saber_pipeline.sandbox.routes.contact_routes import new_research
from saber_pipeline.sandbox.routes.context import context_of
from saber_pipeline.sandbox.signal_creation import Wish, buy
from saber_pipeline.sandbox.validation import BAD_REQUEST, check_output_schema, read_body

if TYPE_CHECKING:
    from starlette.requests import Request


class Advance(msgspec.Struct, forbid_unknown_fields=True):
    advance_seconds: Annotated[float, Meta(ge=0)]


class Credits(msgspec.Struct, forbid_unknown_fields=True):
    add: int = 0
    set: Annotated[int, Meta(ge=0)] | None = None


class NewList(msgspec.Struct, forbid_unknown_fields=True):
    name: LongName
    domains: list[Domain]
    id: Uuid | None = None  # a list with this id is replaced


class NewSubscription(msgspec.Struct, forbid_unknown_fields=True):
    question: QuestionText
    domains: list[Domain]
    answer_type: BatchAnswerType = "open_text"
    output_schema: dict[str, Any] | None = None
    id: Uuid | None = None


class RunSubscription(msgspec.Struct, forbid_unknown_fields=True):
    domains: list[Domain]


class ForeignResearch(CreateResearch, kw_only=True, forbid_unknown_fields=True):
    external_id: Annotated[str, Meta(min_length=1, max_length=100)]
    external_source: Annotated[str, Meta(min_length=1, max_length=50)]


async def books(request: Request) -> Response:
    """``?pairs=false`` leaves the pairs out."""
    with_pairs = request.query_params.get("pairs", "true") != "false"
    body = read_books(context_of(request).sandbox, with_pairs=with_pairs)
    return Response(msgspec.json.encode(body), media_type="application/json")


async def clock(request: Request) -> Response:
    sandbox = context_of(request).sandbox
    body = await read_body(request, Advance, invalid_status=BAD_REQUEST)
    sandbox.record(ClockAdvanced(milliseconds=int(body.advance_seconds * 1000)))
    return JSONResponse({"now": iso(sandbox.clock.now_ms())})


async def credits_change(request: Request) -> Response:
    sandbox = context_of(request).sandbox
    body = await read_body(request, Credits, invalid_status=BAD_REQUEST)
    balance = (sandbox.credits if body.set is None else body.set) + body.add
    sandbox.record(CreditsSet(credits=max(balance, 0)))
    return JSONResponse({"remainingCredits": sandbox.credits})


async def set_faults(request: Request) -> Response:
    sandbox = context_of(request).sandbox
    body = await read_body(request, FaultsBody, invalid_status=BAD_REQUEST)
    try:
        sandbox.faults.set(body, sandbox.clock.now_seconds())
    except ValueError as error:
        raise invalid("rules", str(error), status=BAD_REQUEST) from None
    return _reply_with(sandbox.faults)


async def get_faults(request: Request) -> Response:
    return _reply_with(context_of(request).sandbox.faults)


async def clear_faults(request: Request) -> Response:
    sandbox = context_of(request).sandbox
    sandbox.faults.set(FaultsBody(), sandbox.clock.now_seconds())
    return _reply_with(sandbox.faults)


def _reply_with(faults: Faults) -> Response:
    body = msgspec.json.encode({"rules": faults.rules, "effects": faults.effects})
    return Response(body, media_type="application/json")


async def new_company_list(request: Request) -> Response:
    """Make a list for ``/v1/companies/lists``, or replace the list with the same id."""
    sandbox = context_of(request).sandbox
    body = await read_body(request, NewList, invalid_status=BAD_REQUEST)
    domains = tuple(domain.lower() for domain in body.domains)
    made = CompanyList(body.id or sandbox.new_id("list"), body.name, domains, sandbox.clock.now_ms())
    sandbox.record(CompanyListMade(company_list=made))
    return JSONResponse({"id": made.id}, 201)


async def new_foreign_research(request: Request) -> Response:
    """Make a contact research as another system of the account makes one: under an id of that system."""
    sandbox = context_of(request).sandbox
    body = await read_body(request, ForeignResearch, invalid_status=BAD_REQUEST)
    made = new_research(sandbox, body)
    made.external_id, made.external_source, made.is_foreign = body.external_id, body.external_source, True
    sandbox.record(ResearchMade(research=made, credits_left=sandbox.credits))
    return JSONResponse({"id": made.id}, 201)


async def drop_company_list(request: Request) -> Response:
    """Remove a list."""
    context_of(request).sandbox.record(CompanyListGone(list_id=request.path_params["list_id"]))
    return Response(status_code=204)


async def new_subscription(request: Request) -> Response:
    """Make a subscription. The subscription researches its companies once at once."""
    sandbox = context_of(request).sandbox
    body = await read_body(request, NewSubscription, invalid_status=BAD_REQUEST)
    check_output_schema(body.answer_type, body.output_schema, "output_schema", BAD_REQUEST)
    question = asked(
        is_contact=False,
        question=body.question,
        answer_type=body.answer_type,
        verification_mode="strict",
        output_schema=body.output_schema,
    )
    made = Subscription(body.id or sandbox.new_id("subscription"), question)
    sandbox.record(SubscriptionMade(subscription=made))
    return JSONResponse({"id": made.id, **_run(request, made, body.domains)}, 201)


async def run_subscription(request: Request) -> Response:
    """Research these companies once more for a subscription."""
    sandbox = context_of(request).sandbox
    body = await read_body(request, RunSubscription, invalid_status=BAD_REQUEST)
    made = sandbox.subscriptions.get(request.path_params["subscription_id"])
    if made is None:
        raise invalid("subscription_id", "no such subscription", status=BAD_REQUEST)
    return JSONResponse({"id": made.id, **_run(request, made, body.domains)})


def _run(request: Request, subscription: Subscription, domains: list[str]) -> dict[str, Any]:
    wishes = [
        Wish(domain.lower(), subscription.asked, is_forced=True, subscription_id=subscription.id) for domain in domains
    ]
    receipt = buy(context_of(request).sandbox, wishes)
    return {"signals": [signal.id for signal in receipt.signals if signal]}
