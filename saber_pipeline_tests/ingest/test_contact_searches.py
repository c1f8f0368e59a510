"""Contact searches against the sandbox: all people, each once, also while they come and go."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from saber_pipeline.config.questions.subject_kinds import COMPANIES, CONTACTS
from saber_pipeline.errors import ApiInvalidError, SourcesError
from saber_pipeline_tests.testbed.rewriting_transport import PageRewritingTransport
from saber_pipeline_tests.testbed.search_runs import (
    SEARCH,
    a_search,
    at_the_sandbox,
    pages,
    search_in,
    searched,
    write_companies,
)
from saber_pipeline_tests.testbed.world import InterceptingTransport, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from saber_pipeline_tests.testbed.fixtures import StartWorld

PEOPLE = "SELECT contact_id, is_current, searches FROM found_contacts ORDER BY contact_id"


def after_request(number: int, act: Callable[[], None]) -> Callable[[], httpx.AsyncBaseTransport]:
    """Do something once, right after the ``number``-th request."""
    left = [number]

    def after(_request: httpx.Request) -> None:
        left[0] -= 1
        if left[0] == 0:
            act()

    return lambda: InterceptingTransport(after=after)


def test_everybody_is_found_once_and_typed(world: World) -> None:
    """Companies go out in chunks, pages are read to the end, and each person is one typed row; it costs nothing."""
    write_companies(world, pages(30))
    (result,) = search_in(world, a_search(world)).results
    people = at_the_sandbox(world, pages(30))
    assert (result.companies, result.people, result.is_complete) == (30, len(people), True)
    assert world.published("SELECT count(*), count(DISTINCT contact_profile_url) FROM found_contacts") == [
        (len(people), len(people))
    ]
    assert {url for (url,) in world.published("SELECT linked_in_sales_navigator_profile_url FROM found_contacts")} == (
        people
    )
    typed = world.published(
        'SELECT positions[1].title, positions[1].started_on.year, tenure_at_company.months, seniority[1], "role" '
        "FROM found_contacts WHERE company_name = 'C0' ORDER BY contact_id LIMIT 1"
    )[0]
    assert [type(value) for value in typed] == [str, int, int, str, str]
    assert world.published('SELECT "search", companies, people, is_complete FROM contact_searches') == [
        ("leaders", 30, len(people), True)
    ]
    books = world.sandbox.books(pairs=False)
    assert (books["signals"], books["remaining_credits"]) == (0, 100_000)


@pytest.mark.slow
def test_a_chunk_that_finds_many_is_searched_in_halves(world: World) -> None:
    """No search runs into Sales Navigator's cap: what finds over a thousand people is asked company by company."""
    world.sandbox.set_faults(effects={"contacts_joined": 300})
    write_companies(world, pages(5))
    (result,) = search_in(world, a_search(world)).results
    assert result.people > 1_500
    assert result.is_complete
    sizes: list[int] = []

    def note(request: httpx.Request) -> None:
        sizes.append(len(json.loads(request.content)["companyLinkedInUrls"]))

    world.transport = lambda: InterceptingTransport(after=note)
    search_in(world, a_search(world))
    assert sizes[0] == 5
    assert sizes.count(5) == 1  # only its first page was asked for
    assert {2, 3} & set(sizes)


@pytest.mark.parametrize(
    "happens",
    [{"contacts_joined": 4}, {"contacts_left": 4}, {"contacts_joined": 4, "contacts_left": 4}],
    ids=["people join", "people leave", "as many join as leave"],
)
@pytest.mark.slow
def test_pages_that_shift(world: World, happens: dict[str, int]) -> None:
    """Whoever joins or leaves between two pages, nobody who is there is missing, and the result is proven."""
    write_companies(world, pages(10))
    world.transport = after_request(2, lambda: world.sandbox.set_faults(effects=happens))
    (result,) = search_in(world, a_search(world)).results
    assert result.is_complete
    there = at_the_sandbox(world, pages(10))
    found = {url for (url,) in world.published("SELECT linked_in_sales_navigator_profile_url FROM found_contacts")}
    assert there <= found


def test_pages_that_never_add_up(world: World) -> None:
    """A listing whose total no reading reaches, not even of one company, ends with what came, said to be incomplete."""
    write_companies(world, pages(10))

    def one_more(_request: httpx.Request, page: dict[str, Any]) -> None:
        page["total"] += 1

    world.transport = lambda: PageRewritingTransport(one_more)
    (result,) = search_in(world, a_search(world)).results
    assert not result.is_complete
    assert world.published("SELECT is_complete, people FROM contact_searches") == [(False, result.people)]


@pytest.mark.sweep(keep=2)
@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "error_before", "truncate", "too_many_requests"])
def test_faults_are_repeated_through(world: World, kind: str) -> None:
    """A search changes nothing, so every fault on its way is answered by asking again."""
    write_companies(world, pages(10))
    world.fault(kind, SEARCH, skip=1, times=2)
    (result,) = search_in(world, a_search(world)).results
    assert (result.is_complete, result.people) == (True, len(at_the_sandbox(world, pages(10))))


@pytest.mark.slow
def test_who_is_found_no_more_stays_and_is_not_current(world: World) -> None:
    """Each search says who is current in its newest run; a person is current while any search finds them."""
    write_companies(world, pages(2))
    first, other = a_search(world), a_search(world, "c1", company_linkedin_urls=tuple(pages(2)[1:]))
    search_in(world, first, other, run_id="one")
    everybody = world.published(PEOPLE)
    assert all(is_current for _, is_current, _ in everybody)
    assert {tuple(searches) for _, _, searches in everybody} == {("leaders",), ("c1", "leaders")}
    world.sandbox.set_faults(effects={"contacts_left": 2})
    search_in(world, first, run_id="two")
    assert len(world.published(PEOPLE)) == len(everybody)
    gone = world.published("SELECT searches FROM found_contacts WHERE NOT is_current")
    assert gone == [(["leaders"],)] * 2  # the two of c1 are still found by the other search
    assert world.published("SELECT count(*) FROM contact_search_finds WHERE NOT is_current") == [(4,)]
    world.sandbox.set_faults()
    search_in(world, first, run_id="three")
    assert world.published("SELECT count(*) FROM found_contacts WHERE NOT is_current") == [(0,)]


def test_a_search_that_finds_nobody_any_more(world: World) -> None:
    """Nobody found is a finished search as well: all it found earlier is not current any more."""
    search = a_search(world, company_linkedin_urls=tuple(pages(1)))
    search_in(world, search, run_id="one")
    world.sandbox.set_faults(effects={"contacts_left": 100})
    (result,) = search_in(world, search, run_id="two").results
    assert (result.people, result.is_complete) == (0, True)
    assert world.published("SELECT count(*) FILTER (is_current), count(*) > 4 FROM found_contacts") == [(0, True)]


def test_not_connected_deletes_nothing(world: World) -> None:
    """Without Sales Navigator nothing was searched: people and contact list stay as they were."""
    write_companies(world, pages(2))
    search = a_search(world, companies_from="accounts", column="linkedin", contact_list="leaders")
    search_in(world, search, run_id="one")
    people, listed = world.published(PEOPLE), world.paths.fetched_lists(CONTACTS) / "leaders.parquet"
    before = listed.read_bytes()
    world.sandbox.set_faults(effects={"sales_navigator_connected": False})
    (result,) = search_in(world, search, run_id="two").results
    assert not result.is_connected
    assert world.published(PEOPLE) == people
    assert world.published("SELECT count(*) FROM contact_searches") == [(1,)]
    assert listed.read_bytes() == before


def test_the_contact_list_is_who_was_found(world: World) -> None:
    """Its file holds each current person's profile URL and fields; unchanged people leave the file untouched."""
    write_companies(world, pages(3))
    search = a_search(world, companies_from="accounts", column="linkedin", contact_list="leaders")
    (result,) = search_in(world, search, run_id="one").results
    file = world.paths.fetched_lists(CONTACTS) / "leaders.parquet"
    rows = world.published(
        f"SELECT contact_profile_url, full_name FROM read_parquet('{file}') EXCEPT "  # noqa: S608 - a path of the test
        "SELECT contact_profile_url, full_name FROM found_contacts"
    )
    assert (rows, result.listed, result.list_changed) == ([], result.people, True)
    written = file.stat().st_mtime_ns
    assert not search_in(world, search, run_id="two").results[0].list_changed
    assert file.stat().st_mtime_ns == written
    world.sandbox.set_faults(effects={"contacts_left": 1})
    (fewer,) = search_in(world, search, run_id="three").results
    assert (fewer.listed, fewer.list_changed) == (result.people - 3, True)


def test_nobody_found_writes_no_list(world: World) -> None:
    """A search that finds nobody makes no list file; one that was written before stays as it is."""
    world.sandbox.set_faults(effects={"dead_pages": ["c0"]})
    search = a_search(world, company_linkedin_urls=tuple(pages(1)), contact_list="leaders")
    file = world.paths.fetched_lists(CONTACTS) / "leaders.parquet"
    (result,) = search_in(world, search, run_id="one").results
    assert (file.exists(), result.listed) == (False, None)
    world.sandbox.set_faults()
    search_in(world, search, run_id="two")
    before = file.read_bytes()
    world.sandbox.set_faults(effects={"contacts_left": 100})
    (result,) = search_in(world, search, run_id="three").results
    assert (result.people, result.list_changed, file.read_bytes()) == (0, False, before)


def test_what_is_wrong_is_said_before_anything_is_sent(world: World) -> None:
    """No list, no column, no address, a taken name: one clear error with file and line, and no request."""
    write_companies(world, ["", "not known"])
    with pytest.raises(SourcesError, match=r"leaders: there is no domain list 'account' \(did you mean 'accounts'\?\)"):
        search_in(world, a_search(world, companies_from="account", column="linkedin"))
    with pytest.raises(
        SourcesError, match=r"sources.yaml:3: leaders: the list accounts has no column 'site'.*'linkedin'"
    ):
        search_in(world, a_search(world, companies_from="accounts", column="site"))
    with pytest.raises(SourcesError, match="holds no LinkedIn address of a company in any of its 2 rows"):
        search_in(world, a_search(world))
    folder = world.paths.lists(CONTACTS)
    folder.mkdir(parents=True)
    (folder / "mine.csv").write_text("profile\nlinkedin.com/in/jane\n")
    with pytest.raises(SourcesError, match=r"sources.yaml:3: leaders: its list 'mine' would have the name of the file"):
        search_in(world, a_search(world, keywords="payments", contact_list="mine"))
    assert searched(world) == 0


def test_what_ended_before_an_outage_is_kept(world: World) -> None:
    """When the API goes away between two searches, the first one's people are published and the error is told."""
    first = a_search(world, company_linkedin_urls=tuple(pages(1)))
    second = a_search(world, "second", company_linkedin_urls=tuple(pages(2)[1:]))
    world.fault("error_before", SEARCH, skip=1)
    result = search_in(world, first, second)
    assert [one.search.key for one in result.results] == ["leaders"]
    assert result.stopped_by is not None
    assert world.published('SELECT DISTINCT "search" FROM contact_search_finds') == [("leaders",)]


def test_columns_are_found_whatever_their_case(start: StartWorld) -> None:
    """``linkedin_url`` finds the column ``LinkedIn URL``, also of a list that came from elsewhere."""
    world = start()
    folder = world.paths.lists(COMPANIES)
    folder.mkdir(parents=True)
    (folder / "accounts.csv").write_text(f"Website,LinkedIn URL\nacme.com,{pages(1)[0]}\n")
    (result,) = search_in(world, a_search(world, companies_from="accounts", column="linkedin_url")).results
    assert result.companies == 1


def test_a_search_whose_list_is_unusable_stops_itself_only(world: World) -> None:
    """The other search is carried out, and what was wrong with the first is told at the end."""
    write_companies(world, pages(2))
    (world.paths.lists(COMPANIES) / "broken.csv").write_text('{"domain": "acme.com"}\n', encoding="utf-8")
    result = search_in(world, a_search(world, "bad", companies_from="broken", column="linkedin"), a_search(world))
    assert [one.search.key for one in result.results] == ["leaders"]
    assert result.results[0].people > 0
    assert "broken.csv" in str(result.stopped_by)


def test_a_search_that_is_refused_stops_itself_only(world: World) -> None:
    """A search whose words the API takes no more is told at the end; those after it are carried out."""
    renamed = a_search(world, "renamed", company_linkedin_urls=tuple(pages(1)), seniority_levels=("Chief",))
    result = search_in(world, renamed, a_search(world, company_linkedin_urls=tuple(pages(1))))
    assert [one.search.key for one in result.results] == ["leaders"]
    assert isinstance(result.stopped_by, ApiInvalidError)
    assert world.published('SELECT DISTINCT "search" FROM contact_search_finds') == [("leaders",)]


def test_a_total_that_counts_people_twice(world: World) -> None:
    """Where the total counts a person at two companies twice, each company is searched by itself, and it adds up."""
    urls = pages(4)
    expected = at_the_sandbox(world, urls)

    def count_twice(request: httpx.Request, page: dict[str, Any]) -> None:
        if len(json.loads(request.content)["companyLinkedInUrls"]) > 1:
            page["total"] += 1

    world.transport = lambda: PageRewritingTransport(count_twice)
    (result,) = search_in(world, a_search(world, company_linkedin_urls=tuple(urls))).results
    assert (result.is_complete, result.people) == (True, len(expected))
