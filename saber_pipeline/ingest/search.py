"""Runs one contact search at the API: companies in chunks, all pages, each person once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.contacts import ContactSearchPage, ContactSearchRequest, FoundContact
from saber_pipeline.api.decode import text
from saber_pipeline.api.pages import Page
from saber_pipeline.collection.listing_reader import ATTEMPTS, PAGE_ROWS, read_listing
from saber_pipeline.errors import ApiInvalidError
from saber_pipeline.ingest.source_declarations import ContactSearch
from saber_pipeline.inputs.profile_urls import normalise_profile_url

logger = logging.getLogger(__name__)

SPLIT_ABOVE_PEOPLE = 1_000
"""A chunk that finds more is searched in halves: Sales Navigator shows at most 2,500 results of one search."""

CHUNKS_AT_ONCE = 4
"""A search uses one person's Sales Navigator, which LinkedIn limits too."""


ATTEMPTS_AT_SEVERAL = 2
"""How often the people of several companies are read before each half is searched by itself. The total comes from
LinkedIn and may count a person at two of the companies twice, whom the API lists once."""

NOT_PROCESSABLE = 422


@dataclass
class Searched:
    """The result for all companies. ``dead``: address → why the API cannot search it."""

    adds_up: bool = True
    dead: dict[str, str] = field(default_factory=dict)


class NotConnectedError(Exception):
    """Sales Navigator is not connected at Saber. The caller of the search handles it."""


@dataclass(frozen=True)
class Person:
    """A found contact. ``contact_id`` identifies the person. ``profile_url`` has the normal form of contact lists."""

    contact_id: str
    profile_url: str | None
    found: FoundContact


def request_of(search: ContactSearch) -> ContactSearchRequest:
    """The request for the search, without companies."""
    return ContactSearchRequest(
        first_name=search.first_name,
        last_name=search.last_name,
        job_titles=search.job_titles,
        keywords=search.keywords,
        countries=search.countries,
        departments=search.departments,
        seniority_levels=search.seniority_levels,
    )


async def search_everywhere(
    client: SaberClient,
    request: ContactSearchRequest,
    company_urls: Sequence[str],
    take: Callable[[Person], None],
    *,
    most_companies: int,
) -> Searched:
    """Search ``most_companies`` companies in each request. Without companies, search once everywhere.

    ``take`` gets each person once for each chunk of companies. The API refuses a whole request if it cannot resolve one
    address. Such a request is halved until the address is alone, and the other addresses are searched.

    Raises:
        NotConnectedError: the people that ``take`` got mean nothing.
        PipelineError: the API is out of reach, or refuses the request for another reason than an address.
    """
    chunks = [company_urls[at : at + most_companies] for at in range(0, len(company_urls), most_companies)] or [()]
    searched = Searched()
    for at in range(0, len(chunks), CHUNKS_AT_ONCE):
        some = chunks[at : at + CHUNKS_AT_ONCE]
        tasks = [asyncio.ensure_future(_search_or_halve(client, request, urls, take, searched)) for urls in some]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        if at == 0 and company_urls and len(searched.dead) == sum(map(len, some)):
            await _check_criteria(client, request)
    return searched


async def _search_or_halve(
    client: SaberClient,
    request: ContactSearchRequest,
    urls: Sequence[str],
    take: Callable[[Person], None],
    searched: Searched,
) -> None:
    """Search a chunk. If the API refuses it for an address, search each half by itself."""
    try:
        searched.adds_up &= await _search_chunk(client, request, urls, take)
    except ApiInvalidError as error:
        if not urls or error.status != NOT_PROCESSABLE or not _is_about_addresses(error):
            raise
        if len(urls) == 1:
            searched.dead[urls[0]] = f"The API cannot search this page: {_reason(error)}"
            return
        middle = len(urls) // 2
        for half in (urls[:middle], urls[middle:]):
            await _search_or_halve(client, request, half, take, searched)


async def _check_criteria(client: SaberClient, request: ContactSearchRequest) -> None:
    """Check whether the API refuses the other criteria, since many addresses failed. Raises ApiInvalidError then."""
    if request.body():
        await client.search_contacts(request, limit=1)


def _is_about_addresses(error: ApiInvalidError) -> bool:
    """Whether the API may have refused an address: the error names no other field."""
    return not error.fields or any("compan" in one.field.lower() or not one.field for one in error.fields)


def _reason(error: ApiInvalidError) -> str:
    told = "; ".join(one.message for one in error.fields if one.message)
    return told or str(error)


def person_of(found: FoundContact) -> Person:
    """The found person, identified by profile URL, else by Sales Navigator address, else by name and company."""
    details = found.details
    normal = normalise_profile_url(text(details.get("linkedInProfileUrl")) or "")
    if isinstance(normal, str):
        return Person(normal, normal, found)
    lead = text(details.get("linkedInSalesNavigatorProfileUrl"))
    if lead:
        return Person(lead.split("?")[0].split(",")[0], None, found)
    named = " at ".join(" ".join((part or "?").split()) for part in (found.full_name, found.company_name))
    return Person(named, None, found)


async def _search_chunk(
    client: SaberClient, request: ContactSearchRequest, urls: Sequence[str], take: Callable[[Person], None]
) -> bool:
    asked = replace(request, company_linked_in_urls=urls)
    first = _page(await client.search_contacts(asked, limit=PAGE_ROWS))
    middle = len(urls) // 2

    async def search_halves() -> bool:
        return all([await _search_chunk(client, request, half, take) for half in (urls[:middle], urls[middle:])])

    if first.total > SPLIT_ABOVE_PEOPLE and middle:
        return await search_halves()
    if first.total > SPLIT_ABOVE_PEOPLE:
        logger.info("A search finds %s people; reading them takes %s requests.", first.total, first.total // PAGE_ROWS)
    at_hand: Page[Person] | None = first

    async def page_at(offset: int) -> Page[Person]:
        nonlocal at_hand
        page, at_hand = at_hand, None
        if offset or page is None:
            page = _page(await client.search_contacts(asked, limit=PAGE_ROWS, offset=offset))
        return page

    attempts = ATTEMPTS_AT_SEVERAL if middle else ATTEMPTS
    read = await read_listing(page_at, lambda person: person.contact_id, take, attempts=attempts)
    return read.is_proven or (middle > 0 and await search_halves())


def _page(page: ContactSearchPage) -> Page[Person]:
    if not page.is_sales_nav_connected:
        raise NotConnectedError
    people = tuple(person_of(found) for found in page.items)
    return Page(people, page.total, page.has_more, page.total_is_exact, page.unreadable)
