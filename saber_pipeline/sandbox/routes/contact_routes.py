"""Contact research and contact search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET
from starlette.responses import JSONResponse, Response

from saber_pipeline.sandbox.answers import invented_people
from saber_pipeline.sandbox.answers.company import company_named
from saber_pipeline.sandbox.answers.dice import Dice
from saber_pipeline.sandbox.bodies import CreateResearch, SearchContacts
from saber_pipeline.sandbox.journal_events import ResearchMade
from saber_pipeline.sandbox.movable_clock import iso
from saber_pipeline.sandbox.records import Research
from saber_pipeline.sandbox.refused_requests import invalid, not_found, payment_required
from saber_pipeline.sandbox.routes.context import context_of, items_page
from saber_pipeline.sandbox.sandbox_settings import OutOfCreditsWay
from saber_pipeline.sandbox.validation import Query, read_body

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from saber_pipeline.sandbox.sandbox_state import Sandbox

OWN_SOURCE = "sandbox"  # with this source a research's own id finds the research: a create has no external id
MAX_FOUND = 60


async def create_research(request: Request) -> Response:
    sandbox = context_of(request).sandbox
    body = await read_body(request, CreateResearch)
    price = sandbox.settings.credits_per_signal
    is_paid = sandbox.credits >= price
    if not is_paid and sandbox.in_force("out_of_credits_way") is not OutOfCreditsWay.FAIL_LATER:
        raise payment_required(price, sandbox.credits)
    research = new_research(sandbox, body, is_paid=is_paid)
    sandbox.record(ResearchMade(research=research, credits_left=sandbox.credits - price * is_paid))
    status = "processing" if research.ready_ms > research.created_ms else _status(sandbox, research)
    return JSONResponse({"id": research.id, "status": status, "createdAt": iso(research.created_ms)}, 201)


def new_research(sandbox: Sandbox, body: CreateResearch, *, is_paid: bool = True) -> Research:
    """A new research that begins now."""
    now_ms = sandbox.clock.now_ms()
    dice = Dice(f"{sandbox.settings.seed}|research|{body.first_name}|{body.last_name}|{body.company_domain}")
    low, high = (int(1000 * seconds) for seconds in sandbox.settings.processing_seconds)
    return Research(
        id=sandbox.new_id("research"),
        first_name=body.first_name,
        last_name=body.last_name,
        company_name=body.company_name,
        company_domain=body.company_domain.lower(),
        contact_profile_url=None if body.contact_profile_url is UNSET else body.contact_profile_url,
        job_title=None if body.job_title is UNSET else body.job_title,
        created_ms=now_ms,
        ready_ms=now_ms + dice.between(low, high),
        fails=dice.chance(sandbox.in_force("failed_share")) or not is_paid,
        is_unpaid=not is_paid,
    )


async def get_research(request: Request) -> Response:
    return _reply(context_of(request).sandbox, request.path_params["research_id"])


async def find_research(request: Request) -> Response:
    sandbox = context_of(request).sandbox
    query = Query(request, frozenset({"externalId", "externalSource"}))
    external_id = query.text("externalId", max_length=100, required=True) or ""
    source = query.text("externalSource", max_length=50, required=True)
    if source == OWN_SOURCE:
        return _reply(sandbox, external_id)
    wanted = (external_id, source)
    found = (r.id for r in sandbox.researches.values() if (r.external_id, r.external_source) == wanted)
    return _reply(sandbox, next(found, ""))


def _reply(sandbox: Sandbox, research_id: str) -> Response:
    research = sandbox.researches.get(research_id)
    if research is None:
        raise not_found("Contact research")
    return JSONResponse(_as_json(sandbox, research))


def _status(sandbox: Sandbox, research: Research) -> str:
    if sandbox.clock.now_ms() < research.ready_ms:
        return "processing"
    return "failed" if research.fails else "completed"


def _as_json(sandbox: Sandbox, research: Research) -> dict[str, Any]:
    status = _status(sandbox, research)
    fields: dict[str, Any] = {
        "id": research.id,
        "status": status,
        "firstName": research.first_name,
        "lastName": research.last_name,
        "companyName": research.company_name,
        "companyDomain": research.company_domain,
        "createdAt": iso(research.created_ms),
    }
    if research.contact_profile_url:
        fields["contactProfileUrl"] = research.contact_profile_url
    if status == "failed":
        fields["error"] = "Insufficient credits" if research.is_unpaid else "No public profile was found"
    if status == "completed":
        fields |= _findings(sandbox, research)
    return fields


def _findings(sandbox: Sandbox, research: Research) -> dict[str, Any]:
    company = company_named(research.company_domain, sandbox.settings.seed)
    dice = Dice(f"{sandbox.settings.seed}|findings|{research.first_name}|{research.last_name}")
    person = invented_people.contact(company, dice)
    title = research.job_title or person["positions"][0]["title"]
    return {
        "jobTitle": title,
        "profile": {
            "summary": f"{research.first_name} {research.last_name} is {title} at {research.company_name}.",
            "currentRole": title,
            "currentCompany": research.company_name,
            "location": person["location"],
            "experience": [{"title": title, "company": research.company_name, "duration": "4 years"}],
        },
        "communicationStyle": {"preference": dice.one_of(("short and direct", "data first", "informal"))},
        "interests": dice.some_of(invented_people.TOPICS, 2),
        "challenges": dice.some_of(invented_people.TOPICS, 2),
        "linkedInActivity": {
            "postingFrequency": dice.one_of(("weekly", "monthly", "rarely")),
            "engagementLevel": dice.one_of(("low", "medium", "high")),
            "lastActivityDate": iso(research.created_ms),
        },
        "completedAt": iso(research.ready_ms),
    }


async def search(request: Request) -> Response:
    sandbox = context_of(request).sandbox
    body = await read_body(request, SearchContacts)
    if not body.has_filter:
        raise invalid("", "at least one filter is required")
    _refuse_dead_pages(body, sandbox.faults.effects.dead_pages)
    is_connected = sandbox.in_force("sales_navigator_connected")
    found = _matches(sandbox, body) if is_connected else []
    return items_page(found, body.limit, body.offset, salesNavConnected=is_connected)


def _refuse_dead_pages(body: SearchContacts, dead: Sequence[str]) -> None:
    """Refuse the whole request if one address cannot be resolved. The refusal does not name the address."""
    urls = [] if body.company_linked_in_urls is UNSET else body.company_linked_in_urls
    if any(_page_name(url) in dead for url in urls):
        raise invalid("companyLinkedInUrls", "a company address could not be resolved")


def _page_name(url: str) -> str:
    return url.rstrip("/").rsplit("/", 1)[-1].lower()


def _matches(sandbox: Sandbox, body: SearchContacts) -> list[dict[str, Any]]:
    """People with the requested names and titles. The other filters only choose which people are invented."""
    urls = ["https://www.linkedin.com/company/example"]
    if body.company_linked_in_urls is not UNSET:
        urls = body.company_linked_in_urls
    effects = sandbox.faults.effects
    everybody: list[dict[str, Any]] = []
    for handle in dict.fromkeys(map(_page_name, urls)):  # a company that is named twice gives its people once
        found: list[dict[str, Any]] = []
        company = company_named(f"{handle}.example", sandbox.settings.seed)
        dice = Dice(f"{sandbox.settings.seed}|search|{handle}|{body.keywords}|{body.countries}")
        joined = Dice(f"{sandbox.settings.seed}|joined|{handle}")
        throws = [joined] * effects.contacts_joined + [dice] * dice.between(5, MAX_FOUND)
        for thrown in throws:
            person = invented_people.contact(company, thrown)
            if body.first_name is not UNSET:
                person["firstName"] = body.first_name
            if body.last_name is not UNSET:
                person["lastName"] = body.last_name
            person["fullName"] = f"{person['firstName']} {person['lastName']}"
            role = person["positions"][0]["title"]
            if body.job_titles is not UNSET and body.job_titles:
                role = thrown.one_of(body.job_titles)
            del person["followerCount"], person["education"]
            tenure = {"years": thrown.between(0, 9), "months": thrown.between(0, 11)}
            person |= {"role": role, "companyName": company.name}
            found.append({**person, "tenureAtCompany": tenure, "tenureAtPosition": tenure})
        everybody += found[: max(0, len(found) - effects.contacts_left)]
    return everybody
