"""Company lists at Saber against the sandbox: all companies, as a list file that changes when the list does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import httpx
import pytest

from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.errors import SettingsError, SourcesError
from saber_pipeline.ingest.company_list_import import FetchedList, fetch_company_lists
from saber_pipeline.ingest.fetched_files import drop_undeclared
from saber_pipeline.ingest.source_declarations import CompanyList
from saber_pipeline.runs.lists import current_lists, list_files
from saber_pipeline_tests.testbed.rewriting_transport import PageRewritingTransport
from saber_pipeline_tests.testbed.world import CLOUD, InterceptingTransport, World, domains

if TYPE_CHECKING:
    from collections.abc import Callable

    from saber_pipeline.api.client import SaberClient

LISTS = "/v1/companies/lists/"


def a_list(world: World, companies: list[str], key: str = "targets", **fields: Any) -> CompanyList:
    list_id = world.sandbox.new_company_list(name="Targets", domains=companies, **fields)
    return CompanyList(key, world.paths.sources_file, 5, list_id=list_id)


def fetch(world: World, *lists: CompanyList, new_client: Callable[[], SaberClient] | None = None) -> list[FetchedList]:
    return fetch_company_lists(lists, world.settings, new_client or world.new_client)


def rows(world: World, columns: str = "domain", key: str = "targets") -> list[tuple[Any, ...]]:
    file = world.paths.fetched_lists(COMPANIES) / f"{key}.parquet"
    with duckdb.connect() as con:
        return con.execute(f"SELECT {columns} FROM read_parquet('{file}')").fetchall()  # noqa: S608 - a test's own words


def requests(world: World) -> int:
    made: dict[str, int] = world.sandbox.books(pairs=False)["requests"]
    return sum(count for path, count in made.items() if LISTS in path)


def test_a_list_at_saber_is_a_list(world: World) -> None:
    """All pages come, with the API's fields as columns of their own type, and the list is asked as any other."""
    declared = a_list(world, domains(250))
    (fetched,) = fetch(world, declared)
    assert (fetched.companies, fetched.changed, fetched.is_complete, fetched.problem) == (250, True, True, None)
    assert rows(world) == [(domain,) for domain in domains(250)]
    typed = rows(world, "typeof(founded), handle, name")[0]
    assert typed == ("BIGINT", "company/company00000", "Company00000")
    (snapshot,) = current_lists(world.paths, COMPANIES, ["targets"])
    assert (snapshot.subjects, snapshot.rejected) == (250, 0)
    small = a_list(world, domains(3), "small")
    fetch(world, small)
    world.run(CLOUD, lists=("small",))
    assert world.published(
        "SELECT domain, attributes ->> 'handle' FROM domains WHERE list = 'small' ORDER BY 1 LIMIT 1"
    ) == [("company00000.com", "company/company00000")]
    filled = (
        "SELECT count(*), count(linkedin_id), count(employee_count), any_value(handle LIKE 'company/%') FROM companies"
    )
    assert world.published(filled) == [(250, 250, 0, True)]


def test_a_list_changes_with_saber(world: World) -> None:
    """Companies that were added or removed at Saber are so here; an unchanged list leaves its file untouched."""
    declared = a_list(world, domains(5))
    fetch(world, declared)
    file = world.paths.fetched_lists(COMPANIES) / "targets.parquet"
    written = file.stat().st_mtime_ns
    assert not fetch(world, declared)[0].changed
    assert file.stat().st_mtime_ns == written
    a_list(world, [*domains(4), "new.com"], id=declared.list_id)
    assert fetch(world, declared)[0].changed
    assert rows(world) == [(domain,) for domain in [*domains(4), "new.com"]]


@pytest.mark.parametrize(
    "later",
    [["first.com", *domains(250)], domains(249, start=1), ["first.com", *domains(249)]],
    ids=["one is added", "one is removed", "one is added and one removed"],
)
def test_pages_that_shift(world: World, later: list[str]) -> None:
    """A list that changes between two pages is read again until it adds up: nobody who is in it is missing."""
    declared = a_list(world, domains(250))
    pages = [0]

    def change(_request: httpx.Request) -> None:
        pages[0] += 1
        if pages[0] == 1:
            a_list(world, later, id=declared.list_id)

    world.transport = lambda: InterceptingTransport(after=change)
    (fetched,) = fetch(world, declared)
    assert fetched.is_complete
    assert set(later) <= {domain for (domain,) in rows(world)}


def test_a_list_that_never_adds_up(world: World) -> None:
    """A list that changes with every page is used as it came, and said to be incomplete."""
    declared = a_list(world, domains(150))
    pages = [0]

    def change(_request: httpx.Request) -> None:
        pages[0] += 1
        a_list(world, domains(150 + pages[0], start=pages[0]), id=declared.list_id)

    world.transport = lambda: InterceptingTransport(after=change)
    (fetched,) = fetch(world, declared)
    assert not fetched.is_complete
    assert len(rows(world)) == fetched.companies


@pytest.mark.sweep(keep=2)
@pytest.mark.parametrize("kind", ["reset_before", "error_after", "truncate", "too_many_requests"])
def test_faults_are_repeated_through(world: World, kind: str) -> None:
    """Every fault on the way is answered by asking again."""
    world.fault(kind, LISTS, skip=1, times=2)
    (fetched,) = fetch(world, a_list(world, domains(250)))
    assert (fetched.companies, fetched.is_complete) == (250, True)


def test_an_api_out_of_reach_changes_nothing(world: World) -> None:
    """Lists keep their files while the API is down, refuses the key, or there is none; only one is asked about."""
    declared, other = a_list(world, domains(5)), a_list(world, domains(6), "other")
    fetch(world, declared)
    world.fault("error_before", LISTS)
    before = requests(world)
    down = fetch(world, declared, other)
    assert [one.is_out_of_reach for one in down] == [True, True]
    assert requests(world) - before <= 6  # the client's own repeats, for one list
    world.heal()
    world.key = "wrong_key_of_another_api"
    assert "does not accept the key" in str(fetch(world, declared)[0].problem)

    def no_key() -> SaberClient:
        raise SettingsError("SABER_API_KEY is not set")

    assert fetch(world, declared, new_client=no_key)[0].problem == "SABER_API_KEY is not set"
    assert len(rows(world)) == 5


def test_a_list_that_is_gone(world: World) -> None:
    """A list that Saber no longer has is told with file and line; it stays as it was, and others are fetched."""
    gone, other = a_list(world, domains(5)), a_list(world, domains(6), "other")
    fetch(world, gone)
    world.sandbox.drop_company_list(gone.list_id)
    first, second = fetch(world, gone, other)
    assert first.is_gone
    assert f"sources.yaml:5: targets: Saber has no list {gone.list_id}" in str(first.problem)
    assert (len(rows(world)), second.companies) == (5, 6)


def test_the_name_of_a_file_is_taken(world: World) -> None:
    """A declared list with the name of the user's own file is refused before any request."""
    world.write_list(domains(1), "targets")
    with pytest.raises(
        SourcesError, match=r"sources.yaml:5: targets: its list 'targets' would have the name of the file"
    ):
        fetch(world, a_list(world, domains(2)))
    assert requests(world) == 0


def test_what_is_declared_no_more_goes(world: World) -> None:
    """The fetched file of an entry that was removed goes, and files of the user's stay."""
    world.write_list(domains(1), "mine")
    fetch(world, a_list(world, domains(5)), a_list(world, domains(6), "other"))
    assert drop_undeclared(world.paths, COMPANIES, {"other"}) == ["targets"]
    assert set(list_files(world.paths, COMPANIES)) == {"mine", "other"}


def test_odd_companies(world: World) -> None:
    """Missing domains, nested and mixed values come through as text; what cannot be asked about is rejected later."""
    companies = [
        {"id": "1", "name": "A", "domain": "a.com", "employeeCount": 5, "score": 1, "tags": ["x", "é"]},
        {"id": "2", "name": None, "domain": None, "employeeCount": "many", "score": 2.5, "isPublic": True},
        {"id": "3", "domain": "c.com", "hugeNumber": 2**70, "location": {"city": "Zürich"}},
        {"id": "1", "name": "A", "domain": "a.com"},
    ]
    page = {"items": companies, "total": 4, "limit": 100, "offset": 0, "hasMore": False}
    reply = httpx.Response(200, content=json.dumps(page))
    world.transport = lambda: httpx.MockTransport(lambda _: reply)  # the sandbox's companies are never odd
    (fetched,) = fetch(world, CompanyList("targets", world.paths.sources_file, 5, list_id="x"))
    assert (fetched.companies, fetched.is_complete) == (3, True)
    assert rows(world, "domain, name, employee_count, score, tags, is_public, huge_number, location") == [
        ("a.com", "A", "5", 1.0, '["x", "é"]', None, None, None),
        (None, None, "many", 2.5, None, True, None, None),
        ("c.com", None, None, None, None, None, str(2**70), '{"city": "Zürich"}'),
    ]
    (snapshot,) = current_lists(world.paths, COMPANIES, ["targets"])
    assert (snapshot.subjects, snapshot.rejected) == (2, 1)


def test_rows_that_are_no_companies(world: World) -> None:
    """A row that is no company is in the list without a domain, so that it is rejected and counted."""
    declared = a_list(world, domains(3))

    def spoil(_request: httpx.Request, page: dict[str, Any]) -> None:
        page["items"][1] = None
        page["items"].append(["odd"])
        page["total"] += 1

    world.transport = lambda: PageRewritingTransport(spoil)
    (fetched,) = fetch(world, declared)
    assert (fetched.companies, fetched.is_complete) == (4, True)
    assert rows(world, "domain, unreadable") == [
        ("company00000.com", None),
        ("company00002.com", None),
        (None, "null"),
        (None, '["odd"]'),
    ]
    (snapshot,) = current_lists(world.paths, COMPANIES, ["targets"])
    assert (snapshot.subjects, snapshot.rejected) == (2, 2)
