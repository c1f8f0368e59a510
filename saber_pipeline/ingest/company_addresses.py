"""The LinkedIn addresses of a list's companies, from one of the list's columns or from the table ``companies``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pyarrow.parquet as pq

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.mistakes import quote, suggestion
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.errors import SourcesError, StorageError
from saber_pipeline.ingest.source_declarations import ContactSearch
from saber_pipeline.inputs.cells import Found, Rejected
from saber_pipeline.inputs.columns import plain_name
from saber_pipeline.inputs.company_pages import read_company_cell
from saber_pipeline.inputs.snapshots import snapshot_tables
from saber_pipeline.runs.lists import current_lists, list_files
from saber_pipeline.warehouse.session import read_warehouse
from saber_pipeline.warehouse.sql import read_sql

BATCH_ROWS = 20_000
NOT_TOLD = "No LinkedIn page of this company is known; no webhook and no company list named one."


@dataclass(frozen=True)
class RejectedCompany:
    """A company that cannot be searched: a row of ``rejected_companies``.

    ``list``, ``row_number`` and ``domain`` are None for an address in sources.yaml. ``is_dead``: the address is valid,
    but the API refused it.
    """

    list: str | None
    row_number: int | None
    domain: str | None
    raw_value: str | None
    reason: str
    is_dead: bool = False


@dataclass
class CompanyAddresses:
    """Distinct addresses in the order of the list, and the number of cells without an address."""

    urls: dict[str, None] = field(default_factory=dict)
    rejected: int = 0


def company_addresses(search: ContactSearch, paths: DataPaths) -> CompanyAddresses:
    """The companies that ``search`` names, and those of its list. The list's file is read again if it has changed.

    Raises:
        ListError: the list's file cannot be used.
        SourcesError: there is no such list or column, or the column holds no address. Nothing was sent.
    """
    found = CompanyAddresses(urls=dict.fromkeys(search.company_linkedin_urls))
    if search.companies_from is None:
        return found
    known = list_files(paths, COMPANIES)
    if search.companies_from not in known:
        hint, there = suggestion(search.companies_from, known), ", ".join(known) or "none"
        raise SourcesError(
            f"{search.place}: there is no domain list {search.companies_from!r}{hint}; there are: {there}. Nothing was "
            f"sent. Put its file into {paths.lists(COMPANIES)}, or, for a list kept at Saber, materialise domain_lists "
            "first."
        )
    current_lists(paths, COMPANIES, [search.companies_from])
    first: Rejected | None = None
    for result, _ in _read(search, paths):
        if isinstance(result, Rejected):
            found.rejected += 1
            first = first or result
        else:
            found.urls[result.subject] = None
    if not found.urls and first is not None and search.column is None:
        raise SourcesError(
            f"{search.place}: no LinkedIn page is known for any of the {found.rejected:,} companies of the list "
            f"{search.companies_from}. Nothing was sent. Name the list's column with their addresses (column: …), or "
            "fill the table companies through webhooks or company lists kept at Saber."
        )
    if not found.urls and first is not None:
        raise SourcesError(
            f"{search.place}: the column {quote(search.column or '')} of the list {search.companies_from} holds no "
            f"LinkedIn address of a company in any of its {found.rejected:,} rows. The first row: {first.reason} "
            "Nothing was sent. Name another column, or fill this one with addresses such as "
            "https://www.linkedin.com/company/acme."
        )
    return found


def rejected_companies(search: ContactSearch, paths: DataPaths, dead: Mapping[str, str]) -> Iterator[RejectedCompany]:
    """Companies that cannot be searched: those that ``company_addresses`` counted as rejected, and each row with an
    address in ``dead`` (address → why the API refused it)."""
    for url in search.company_linkedin_urls:
        if url in dead:
            yield RejectedCompany(None, None, None, url, dead[url], is_dead=True)
    for result, row in _read(search, paths):
        if isinstance(result, Rejected):
            yield RejectedCompany(*row, result.reason)
        elif result.subject in dead:
            yield RejectedCompany(*row, dead[result.subject], is_dead=True)


_Row = tuple[str, int, str, str | None]
"""Of a company: list, row_number, domain and raw_value, as in RejectedCompany."""


def _read(search: ContactSearch, paths: DataPaths) -> Iterator[tuple[Found | Rejected, _Row]]:
    """Each address from the search's column, otherwise from ``companies``, or the reason why there is none."""
    if search.companies_from is None:
        return
    column: str | None = None
    pages = known_pages(paths)
    for row_number, domain, attributes in _rows(search.companies_from, paths):
        text, results = pages.get(domain), read_company_cell(pages.get(domain))
        if search.column is not None:
            column = column or _column(search, search.column, attributes)
            named = _text(attributes.get(column))
            told = read_company_cell(named)
            if text is None or any(isinstance(result, Found) for result in told):
                text, results = named, told
        row = search.companies_from, row_number, domain, text
        for result in results:
            if search.column is None and isinstance(result, Rejected):
                yield Rejected(result.part, NOT_TOLD), row
            else:
                yield result, row


def known_pages(paths: DataPaths) -> dict[str, str]:
    """Domain → LinkedIn page, as webhooks and company lists gave it. Empty before the first load."""
    try:
        with read_warehouse(paths) as con:
            if con is None:
                return {}
            return dict(con.execute(read_sql("known_pages", "saber_pipeline.ingest")).fetchall())
    except StorageError:
        return {}  # the warehouse is of another version or in use: only the column gives addresses


def _rows(list_name: str, paths: DataPaths) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    """Row number, domain and the other columns of each row of the list's snapshot."""
    file = snapshot_tables(list_name, COMPANIES, paths.landed_lists(COMPANIES))["accepted_path"]
    with pq.ParquetFile(file) as parquet:
        for batch in parquet.iter_batches(BATCH_ROWS, columns=["row_number", COMPANIES.column, "attributes"]):
            for row in zip(*(values.to_pylist() for values in batch.columns), strict=True):
                row_number, domain, attributes = row
                yield row_number, domain, msgspec.json.decode(attributes)


def _column(search: ContactSearch, wanted: str, attributes: Mapping[str, Any]) -> str:
    """The list's name for the column: the same name, or the only one that differs in case and punctuation."""
    similar = [name for name in attributes if plain_name(name) == plain_name(wanted)]
    if wanted in attributes:
        return wanted
    if len(similar) == 1:
        return similar[0]
    there = ", ".join(quote(name) for name in attributes) or "none besides the one with the domains"
    raise SourcesError(
        f"{search.place}: the list {search.companies_from} has no column {quote(wanted)}; there are: {there}. "
        "Nothing was sent. Name the one that holds the companies' LinkedIn addresses."
    )


def _text(value: object) -> str | None:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value if item is not None)
    return None if value is None else str(value)
