"""Searches for contacts, in a test's world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.ingest.contact_search_import import SearchesResult, run_searches
from saber_pipeline.ingest.source_declarations import ContactSearch
from saber_pipeline_tests.testbed.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable


SEARCH = "/v1/contacts/search"


def a_search(world: World, key: str = "leaders", **fields: Any) -> ContactSearch:
    """A search among the companies of the list ``accounts``, if it says nothing else."""
    chosen = fields or {"companies_from": "accounts", "column": "linkedin"}
    return ContactSearch(key, world.paths.sources_file, 3, **chosen)


def write_companies(world: World, cells: Iterable[str]) -> None:
    folder = world.paths.lists(COMPANIES)
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"company{number}.com,{cell}" for number, cell in enumerate(cells)]
    (folder / "accounts.csv").write_text("\n".join(["domain,linkedin", *rows]) + "\n", encoding="utf-8")


def pages(count: int) -> list[str]:
    return [f"https://www.linkedin.com/company/c{number}" for number in range(count)]


def search_in(world: World, *searches: ContactSearch, run_id: str = "run") -> SearchesResult:
    return run_searches(searches, world.settings, (), new_client=world.new_client, run_id=run_id)


def searched(world: World) -> int:
    requests: dict[str, int] = world.sandbox.books(pairs=False)["requests"]
    return requests.get(f"POST {SEARCH}", 0)


def at_the_sandbox(world: World, urls: list[str]) -> set[str]:
    """Who is found at these companies when nothing happens meanwhile."""
    found: list[dict[str, Any]] = []
    with httpx.Client(base_url=world.sandbox.base_url, trust_env=False) as http:
        for url in urls:
            body = {"companyLinkedInUrls": [url], "limit": 100}
            reply = http.post(SEARCH, json=body, headers={"Authorization": f"Bearer {world.key}"})
            found += reply.json()["items"]
    return {person["linkedInSalesNavigatorProfileUrl"] for person in found}
