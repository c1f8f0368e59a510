"""Lists of companies kept at Saber, fetched into list files. Reading them costs nothing."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from saber_pipeline.api.account import ListedCompany
from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.pages import Page
from saber_pipeline.collection.listing_reader import PAGE_ROWS, read_listing
from saber_pipeline.config.paths import DataPaths, make_folder
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import (
    ApiInvalidError,
    ApiKeyRefusedError,
    ApiNotFoundError,
    ApiOutcomeUnknownError,
    ApiUnreachableError,
    PipelineError,
)
from saber_pipeline.ingest.address import check_own_address
from saber_pipeline.ingest.fetched_files import check_name_is_free, fetched_file, replace_list
from saber_pipeline.ingest.source_declarations import CompanyList
from saber_pipeline.inputs.cells import Found
from saber_pipeline.inputs.domains import normalise_domain
from saber_pipeline.ledger.slices import batched
from saber_pipeline.runs.interruptions import one_interruption, run_interruptible
from saber_pipeline.warehouse.landed_records import RecordKind
from saber_pipeline.warehouse.landing import LANDED_SUFFIX, LandingWriter, landing_stem, utc_now

logger = logging.getLogger(__name__)

WRITTEN_ROWS = 20_000
FIRST_COLUMNS = ("domain", "name", "id")
LARGEST_INTEGER = 2**63 - 1


@dataclass(frozen=True)
class FetchedList:
    """The result of fetching one list. ``problem``: why the list's file was not changed.

    ``is_gone``: Saber has no such list. ``is_out_of_reach``: Saber cannot be reached at the moment.
    """

    declared: CompanyList
    companies: int = 0
    changed: bool = False
    is_complete: bool = True
    problem: str | None = None
    is_gone: bool = False
    is_out_of_reach: bool = False


@one_interruption()
def fetch_company_lists(
    lists: Sequence[CompanyList], settings: Settings, new_client: Callable[[], SaberClient]
) -> list[FetchedList]:
    """Update the files of ``lists``. A list that cannot be fetched keeps its file, and its result says why.

    Raises:
        SourcesError: a list has the same name as a file of the user. Nothing was sent.
        StorageError: the data directory cannot be written.
    """
    paths = DataPaths.of(settings)
    for declared in lists:
        check_name_is_free(paths, COMPANIES, declared.key, declared)
    if not lists:
        return []
    return run_interruptible(_fetch_all(lists, settings, paths, new_client))


async def _fetch_all(
    lists: Sequence[CompanyList], settings: Settings, paths: DataPaths, new_client: Callable[[], SaberClient]
) -> list[FetchedList]:
    try:
        check_own_address(paths, settings.base_url)
        client = new_client()
    except PipelineError as error:
        return [FetchedList(declared, problem=str(error)) for declared in lists]
    fetched: list[FetchedList] = []
    async with client:
        for declared in lists:
            if fetched and fetched[-1].is_out_of_reach:  # every other list would fail too
                fetched.append(replace(fetched[-1], declared=declared))
            else:
                fetched.append(await _fetch(declared, client, paths))
    return fetched


async def _fetch(declared: CompanyList, client: SaberClient, paths: DataPaths) -> FetchedList:
    with tempfile.TemporaryFile("w+", encoding="utf-8", dir=_spool_folder(paths)) as spool:
        columns = _Columns()

        def take(company: ListedCompany) -> None:
            columns.add(_row(company.details))
            spool.write(json.dumps(dict(company.details)) + "\n")

        async def page_at(offset: int) -> Page[ListedCompany]:
            page = await client.list_companies(declared.list_id, limit=PAGE_ROWS, offset=offset)
            return replace(page, items=(*page.items, *map(_beyond_reading, page.unreadable)), unreadable=())

        try:
            read = await read_listing(page_at, _identity, take)
        except (ApiNotFoundError, ApiInvalidError):  # no list has the id, or no list can have it
            problem = (
                f"{declared.place}: Saber has no list {declared.list_id}, or it belongs to another account. Nothing "
                "was spent, and the last fetched list is kept. Correct the id in "
                "sources.yaml, or remove the entry."
            )
            return FetchedList(declared, problem=problem, is_gone=True)
        except PipelineError as error:
            out_of_reach = isinstance(error, ApiKeyRefusedError | ApiUnreachableError | ApiOutcomeUnknownError)
            return FetchedList(declared, problem=str(error), is_out_of_reach=out_of_reach)
        if not read.is_proven:
            logger.warning(
                "The pages of the list %s did not add up to Saber's total in several attempts. The companies that "
                "were read are used; materialise domain_lists again to find the rest.",
                declared.key,
            )
        target = fetched_file(paths, COMPANIES, declared.key)
        changed = replace_list(target, lambda file: _write(file, columns, spool))
        if changed or not _has_landed(declared, paths):
            _land(declared, spool, paths)
    return FetchedList(declared, companies=read.distinct, changed=changed, is_complete=read.is_proven)


def _identity(company: ListedCompany) -> str:
    return company.id or company.domain or json.dumps(dict(company.details), sort_keys=True)


def _beyond_reading(raw: bytes) -> ListedCompany:
    """A row that is no company, as one without a domain, so that it is rejected and counted as others are."""
    return ListedCompany(None, None, {"unreadable": raw.decode(errors="replace")})


class _Columns:
    """The columns of a list and the kinds of their values, collected while the rows come in."""

    def __init__(self) -> None:
        self._kinds: dict[str, set[str]] = {name: {"text"} for name in FIRST_COLUMNS}

    def add(self, row: dict[str, Any]) -> None:
        for name, value in row.items():
            if value is not None:
                self._kinds.setdefault(name, set()).add(_kind(value))

    def schema(self) -> pa.Schema:
        """Columns of only numbers or only booleans have that type. All other columns are text."""
        types = {frozenset({"integer"}): pa.int64(), frozenset({"boolean"}): pa.bool_()}
        floats = dict.fromkeys((frozenset({"number"}), frozenset({"integer", "number"})), pa.float64())
        return pa.schema(
            [(name, (types | floats).get(frozenset(kinds), pa.string())) for name, kinds in self._kinds.items()]
        )


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer" if abs(value) <= LARGEST_INTEGER else "text"
    return "number" if isinstance(value, float) else "text"


def _write(file: Path, columns: _Columns, spool: IO[str]) -> None:
    schema = columns.schema()
    spool.seek(0)
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for rows in batched((_row(json.loads(line)) for line in spool), WRITTEN_ROWS):
            cells = [{field.name: _cell(row.get(field.name), field.type) for field in schema} for row in rows]
            writer.write_table(pa.Table.from_pylist(cells, schema=schema))


def _cell(value: Any, kind: pa.DataType) -> Any:
    if value is None or kind != pa.string() or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _row(details: Mapping[str, Any]) -> dict[str, Any]:
    return {_snake_case(name): value for name, value in details.items()}


def _land(declared: CompanyList, spool: IO[str], paths: DataPaths) -> None:
    """Land what the list says about its companies: rows of the table ``companies``."""
    now = utc_now()
    about = {"source": "list", "list": declared.key, "observed_at": now.isoformat()}
    spool.seek(0)
    folder, stem = paths.landed_records(RecordKind.COMPANIES), landing_stem(now, _token(declared), 0)
    with LandingWriter(folder, stem, store=paths.store_address) as writer:
        for line in spool:
            found = normalise_domain(json.loads(line).get("domain"))
            if len(found) == 1 and isinstance(found[0], Found):
                writer.add_record({**about, "domain": found[0].subject}, line.encode())
        writer.commit()


def _has_landed(declared: CompanyList, paths: DataPaths) -> bool:
    """Whether the list has landed before. A list that an older version fetched has not."""
    return any(paths.landed_records(RecordKind.COMPANIES).glob(f"*-{_token(declared)}-0{LANDED_SUFFIX}"))


def _token(declared: CompanyList) -> str:
    """The list's mark in the names of its landed files: 8 hex digits, like a run's."""
    return hashlib.sha256(f"{declared.key} {declared.list_id}".encode()).hexdigest()[:8]


def _snake_case(name: str) -> str:
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


def _spool_folder(paths: DataPaths) -> Path:
    folder = paths.fetched_lists(COMPANIES)
    make_folder(folder)
    return folder
