"""Which companies a search for contacts asks about, and what a page that Saber does not know costs."""

from __future__ import annotations

import json

import httpx
import pytest

from saber_pipeline.errors import ApiInvalidError, SourcesError
from saber_pipeline.runs.publication import publish_pending
from saber_pipeline.warehouse.landed_records import RecordKind
from saber_pipeline.warehouse.landing import LandingWriter
from saber_pipeline_tests.testbed.search_runs import (
    a_search,
    at_the_sandbox,
    pages,
    search_in,
    searched,
    write_companies,
)
from saber_pipeline_tests.testbed.world import InterceptingTransport, World


def test_companies_without_an_address_are_counted(world: World) -> None:
    """A cell that names no company is kept with its reason, by the newest run; the others are searched."""
    write_companies(world, [*pages(1), "", "https://www.linkedin.com/in/jane", "https://acme.com"])
    for run_id in ("one", "two"):
        (result,) = search_in(world, a_search(world), run_id=run_id).results
        assert (result.companies, result.rejected_companies) == (1, 3)
    told = 'SELECT "list", row_number, "domain", raw_value FROM rejected_companies ORDER BY row_number'
    assert world.published(told) == [
        ("accounts", 2, "company1.com", ""),
        ("accounts", 3, "company2.com", "https://www.linkedin.com/in/jane"),
        ("accounts", 4, "company3.com", "https://acme.com"),
    ]


def test_addresses_come_from_companies_too(world: World) -> None:
    """What webhooks or lists at Saber told is searched where a cell is empty, and alone without a column."""
    write_companies(world, ["", "https://www.linkedin.com/company/other", "", "n/a"])
    told = [(0, {"linkedInUrl": pages(1)[0]}), (1, {"linkedInUrl": pages(2)[1]}), (2, {"handle": "company/c2"})]
    with LandingWriter(world.paths.landed_records(RecordKind.COMPANIES), "told") as writer:
        for number, company in told:
            writer.add_record({"source": "webhook", "domain": f"company{number}.com"}, json.dumps(company).encode())
        writer.commit()
    publish_pending(world.settings, ())
    asked: list[str] = []
    world.transport = lambda: InterceptingTransport(
        after=lambda request: asked.extend(json.loads(request.content)["companyLinkedInUrls"])
    )
    (result,) = search_in(world, a_search(world)).results
    assert set(asked) == {pages(1)[0], "https://www.linkedin.com/company/other", pages(3)[2]}
    assert (result.companies, result.rejected_companies) == (3, 1)
    asked.clear()
    (result,) = search_in(world, a_search(world, companies_from="accounts"), run_id="two").results
    assert set(asked) == set(pages(3))
    assert (result.companies, result.rejected_companies) == (3, 1)


def test_no_page_is_known_of_any_company(world: World) -> None:
    """Without a column and with an empty table companies nothing is sent, and the error says how to fill it."""
    write_companies(world, pages(2))
    with pytest.raises(
        SourcesError,
        match=r"no LinkedIn page is known for any of the 2 companies of the list "
        r"accounts",
    ):
        search_in(world, a_search(world, companies_from="accounts"))
    assert searched(world) == 0


def test_a_dead_page_costs_its_own_company_only(world: World) -> None:
    """Requests hold ten addresses at most; one that Saber refuses is halved until the dead page is alone and named."""
    write_companies(world, pages(12))
    world.sandbox.set_faults(effects={"dead_pages": ["c3"]})
    sizes: list[int] = []

    def note(request: httpx.Request) -> None:
        sizes.append(len(json.loads(request.content)["companyLinkedInUrls"]))

    world.transport = lambda: InterceptingTransport(after=note)
    (result,) = search_in(world, a_search(world)).results
    assert (result.companies, result.rejected_companies, result.dead_companies, result.is_complete) == (11, 1, 1, True)
    assert (max(sizes), {10, 5, 1} <= set(sizes)) == (10, True)
    alive = [url for url in pages(12) if not url.endswith("/c3")]
    found = {url for (url,) in world.published("SELECT linked_in_sales_navigator_profile_url FROM found_contacts")}
    assert found == at_the_sandbox(world, alive)
    told = [("accounts", 4, pages(4)[3])]
    assert world.published('SELECT "list", row_number, raw_value FROM rejected_companies WHERE is_dead') == told
    query = "SELECT \"list\", row_number, raw_value FROM rejected_inputs WHERE subject_type = 'search'"
    assert world.published(query) == told
    world.sandbox.set_faults()
    search_in(world, a_search(world), run_id="again")
    assert world.published(query) == []  # it is there again


def test_dead_pages_of_sources_yaml_are_named_too(world: World) -> None:
    """Also an address that stands in sources.yaml is reported when it is dead, and where all are, nothing fails."""
    world.sandbox.set_faults(effects={"dead_pages": ["c0", "c1"]})
    search = a_search(world, company_linkedin_urls=tuple(pages(2)), keywords="sales")
    (result,) = search_in(world, search).results
    assert (result.companies, result.dead_companies, result.people) == (0, 2, 0)
    assert world.published(
        "SELECT \"list\", raw_value FROM rejected_inputs WHERE subject_type = 'search' ORDER BY 2"
    ) == [("sources.yaml", url) for url in pages(2)]


def test_a_refusal_of_something_else_is_no_dead_page(world: World) -> None:
    """A 422 that names another field stops the search at once instead of declaring every company dead."""
    write_companies(world, pages(12))
    search = a_search(world, companies_from="accounts", column="linkedin", countries=("D1",))
    result = search_in(world, search)
    assert isinstance(result.stopped_by, ApiInvalidError)
    assert searched(world) <= 2
