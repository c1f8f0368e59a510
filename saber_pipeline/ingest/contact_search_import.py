"""Runs the contact searches of sources.yaml; finds people and writes contact lists. Costs nothing."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from saber_pipeline.api.client import SaberClient
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.subject_kinds import CONTACTS
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import ApiInvalidError, InputError, PipelineError
from saber_pipeline.ingest.address import check_own_address
from saber_pipeline.ingest.company_addresses import (
    CompanyAddresses,
    RejectedCompany,
    company_addresses,
    rejected_companies,
)
from saber_pipeline.ingest.fetched_files import check_name_is_free, fetched_file, replace_list
from saber_pipeline.ingest.search import NotConnectedError, Person, request_of, search_everywhere
from saber_pipeline.ingest.source_declarations import ContactSearch
from saber_pipeline.runs.interruptions import one_interruption, run_interruptible
from saber_pipeline.runs.publication import publish_pending
from saber_pipeline.warehouse.landed_records import RecordKind
from saber_pipeline.warehouse.landing import LandingWriter, landing_stem, utc_now
from saber_pipeline.warehouse.session import read_warehouse
from saber_pipeline.warehouse.sql import literal, read_sql

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SearchResult:
    """The result of one search. Without ``is_connected`` nothing was found and nothing was changed.

    ``rejected_companies`` counts rows without a usable address. ``dead_companies`` counts addresses that the API
    refused; their rows are among the rejected ones. ``listed`` people are in the search's contact list, if it has one.
    ``list_changed``: whether the list's file is new.
    """

    search: ContactSearch
    is_connected: bool = True
    companies: int = 0
    rejected_companies: int = 0
    dead_companies: int = 0
    people: int = 0
    people_without_profile: int = 0
    is_complete: bool = True
    seconds: float = 0.0
    listed: int | None = None
    list_changed: bool = False


@dataclass(frozen=True)
class SearchesResult:
    """The results of the finished searches in order, and the first error. A search that the API refuses leaves itself
    out; any other error stops those after it.
    """

    results: tuple[SearchResult, ...]
    stopped_by: PipelineError | None = None


@one_interruption()
def run_searches(
    searches: Sequence[ContactSearch],
    settings: Settings,
    questions: tuple[Question, ...],
    *,
    new_client: Callable[[], SaberClient],
    run_id: str,
) -> SearchesResult:
    """Search, land, publish, and write the contact lists. Searches that ended before an error are kept.

    A search with an unusable list does not stop the others; ``stopped_by`` then names it.

    Raises:
        PipelineError: there is a problem before the first request: with the list of every search, with the name of a
            contact list, or with the key.
    """
    paths = DataPaths.of(settings)
    check_own_address(paths, settings.base_url)
    for search in searches:
        if search.contact_list is not None:
            check_name_is_free(paths, CONTACTS, search.contact_list, search)
    companies: dict[str, CompanyAddresses] = {}
    unusable: PipelineError | None = None
    for search in searches:
        try:
            companies[search.key] = company_addresses(search, paths)
        except InputError as error:
            unusable = unusable or error
    if unusable is not None and not companies:
        raise unusable
    usable = [search for search in searches if search.key in companies]
    results, stopped_by = run_interruptible(_search_all(usable, companies, settings, new_client, run_id))
    stopped_by = stopped_by or unusable
    publish_pending(settings, questions)
    return SearchesResult(tuple(_with_list(result, paths) for result in results), stopped_by)


async def _search_all(
    searches: Sequence[ContactSearch],
    companies: Mapping[str, CompanyAddresses],
    settings: Settings,
    new_client: Callable[[], SaberClient],
    run_id: str,
) -> tuple[list[SearchResult], PipelineError | None]:
    paths = DataPaths.of(settings)
    results: list[SearchResult] = []
    refused: PipelineError | None = None
    async with new_client() as client:
        for number, search in enumerate(searches):
            stem = landing_stem(utc_now(), run_id, number)
            try:
                folder = paths.landed_records(RecordKind.FOUND_CONTACTS)
                with LandingWriter(folder, stem, store=paths.store_address) as writer:
                    results.append(await _search_one(client, search, companies[search.key], writer, settings))
            except ApiInvalidError as error:  # the API does not take what this search asks for
                refused = refused or error
            except PipelineError as error:
                return results, error
    return results, refused


async def _search_one(
    client: SaberClient, search: ContactSearch, companies: CompanyAddresses, writer: LandingWriter, settings: Settings
) -> SearchResult:
    began = time.monotonic()
    landing = _SearchLanding(search, writer, utc_now())
    try:
        searched = await search_everywhere(
            client, request_of(search), list(companies.urls), landing.take, most_companies=settings.search_companies
        )
    except NotConnectedError:
        logger.warning(
            "The search %s found nothing because Sales Navigator is not connected at Saber. Earlier results are "
            "kept. Connect it at Saber, then run the search again; it costs nothing.",
            search.key,
        )
        return SearchResult(search, is_connected=False, seconds=time.monotonic() - began)
    if not searched.adds_up:
        logger.warning(
            "The pages of the search %s did not add up to the API's total in several attempts. The people that were "
            "read are kept; run the search again to find the rest.",
            search.key,
        )
    if searched.dead:
        logger.warning(
            "%d of the %d company pages of the search %s cannot be searched, among them %s; the others were searched. "
            "The table rejected_companies names them with their rows. Correct the addresses.",
            len(searched.dead),
            len(companies.urls),
            search.key,
            next(iter(searched.dead)),
        )
    rejected = landing.reject(rejected_companies(search, DataPaths.of(settings), searched.dead))
    result = SearchResult(
        search,
        companies=len(companies.urls) - len(searched.dead),
        rejected_companies=rejected,
        dead_companies=len(searched.dead),
        people=len(landing.people),
        people_without_profile=landing.people_without_profile,
        is_complete=searched.adds_up,
        seconds=time.monotonic() - began,
    )
    landing.end(result)
    return result


class _SearchLanding:
    """Lands one run of a search in one file, which exists only once it is whole."""

    def __init__(self, search: ContactSearch, writer: LandingWriter, searched_at: datetime) -> None:
        self.people: set[str] = set()
        self.people_without_profile = 0
        self._writer = writer
        self._about = {"search": search.key, "searched_at": searched_at.isoformat()}

    def take(self, person: Person) -> None:
        """Land a person, once."""
        if person.contact_id in self.people:
            return
        self.people.add(person.contact_id)
        self.people_without_profile += person.profile_url is None
        told = {"contact_id": person.contact_id, "contact_profile_url": person.profile_url}
        self._add("person", dict(person.found.details), **told)

    def reject(self, rejected: Iterable[RejectedCompany]) -> int:
        """Land the rejected companies. Returns the number of rows."""
        rows = 0
        for company in rejected:
            self._add("rejected", asdict(company))
            rows += 1
        return rows

    def end(self, result: SearchResult) -> None:
        """Land the run itself, and make all of it durable."""
        told = ("companies", "rejected_companies", "people", "people_without_profile", "is_complete")
        self._add("run", {name: getattr(result, name) for name in told})
        self._writer.commit()

    def _add(self, line: str, record: Mapping[str, Any], **about: str | None) -> None:
        self._writer.add_record({"line": line, **self._about, **about}, json.dumps(record).encode())


def _with_list(result: SearchResult, paths: DataPaths) -> SearchResult:
    """Write the search's contact list, if it has one. Returns the result with the list's numbers."""
    name = result.search.contact_list
    if name is None or not result.is_connected:
        return result
    target = fetched_file(paths, CONTACTS, name)
    if not _people_to_list(result.search.key, paths):
        # A list without anybody could not be used, and would stop the reading of the others.
        so = "is unchanged" if target.is_file() else "was not written, so it is not a partition yet"
        logger.warning("The search %s finds nobody with a profile URL: its list %s %s.", result.search.key, name, so)
        return replace(result, listed=0 if target.is_file() else None)
    changed = replace_list(target, lambda file: _write_list(file, result.search.key, paths))
    with pq.ParquetFile(target) as file:
        listed: int = file.metadata.num_rows
    return replace(result, listed=listed, list_changed=changed)


def _people_to_list(search: str, paths: DataPaths) -> int:
    """The number of current people of ``search`` with a profile URL."""
    with read_warehouse(paths) as con:
        assert con is not None  # noqa: S101 - it was just published
        people = read_sql("contact_list", "saber_pipeline.ingest")
        (number,) = con.execute(f"SELECT count(*) FROM ({people})", [search]).fetchall()[0]  # noqa: S608 - our own
    return int(number)


def _write_list(file: Path, search: str, paths: DataPaths) -> None:
    """The current people of ``search``, in the order of their profile URLs."""
    with read_warehouse(paths) as con:
        assert con is not None  # noqa: S101 - it was just published
        con.execute("SET threads = 1; SET preserve_insertion_order = true")  # the same rows give the same file
        people, target = read_sql("contact_list", "saber_pipeline.ingest"), literal(str(file))
        con.execute(f"COPY ({people}) TO {target} (FORMAT parquet, COMPRESSION zstd)", [search])
