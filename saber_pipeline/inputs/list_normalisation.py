"""A list file becomes Parquet files: its subjects, the inputs that cannot be used, and every row with its outcome."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

from saber_pipeline.errors import ListError
from saber_pipeline.inputs.cells import Found, Rejected
from saber_pipeline.inputs.list_chunks import ListChunk
from saber_pipeline.inputs.list_files import fingerprint
from saber_pipeline.inputs.list_options import NO_OPTIONS, RULES_VERSION, ListOptions
from saber_pipeline.inputs.list_reader import open_list
from saber_pipeline.inputs.list_tables import ListTables, RowOutcomes
from saber_pipeline.inputs.table_facts import ListSnapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from saber_pipeline.inputs.list_rules import ListRules
    from saber_pipeline.inputs.list_tables import Row


@contextmanager
def _no_search_for_garbage() -> Iterator[None]:
    """Switch off the search for circles of objects. Rows make none, and the search took a sixth of the time."""
    was_searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_searching:
            gc.enable()


@_no_search_for_garbage()
def normalise_list(
    path: Path,
    list_name: str,
    rules: ListRules,
    *,
    accepted_path: Path,
    rejected_path: Path,
    rows_path: Path | None = None,
    options: ListOptions = NO_OPTIONS,
) -> ListSnapshot:
    """Read ``path`` and write the Parquet files whole, or none.

    Accepted: list, domain or contact_profile_url, row_number, raw_value, attributes (JSON text).
    Rejected: list, row_number, raw_value, reason.
    Rows (if asked for): every row of the file in its order, one entry for each value of its cell: list, row_number,
    raw_value, domain or contact_profile_url, outcome (used, duplicate, rejected), duplicate_of (row number), reason,
    attributes, column_used, chosen_cell (see RowOutcomes).

    The first row with a subject wins. Memory is one chunk of rows, plus the list's subjects with their rows (about
    160 MB for a million domains). Raises ListError for a file that cannot be used as a whole and StorageError when
    the results cannot be written; single bad rows never raise.
    """
    before = fingerprint(path)
    seen: dict[str, int] = {}
    rows = duplicates = rejected = 0
    with ListTables(list_name, rules.kind.column, accepted_path, rejected_path, rows_path) as tables:
        facts, chunks = open_list(path, rules, options=options)
        for chunk in chunks:
            outcomes = RowOutcomes()
            repeated, unusable = _sort_rows(chunk, rules, seen, outcomes)
            tables.write(outcomes)
            rows += len(chunk.raw_values)
            duplicates += repeated
            rejected += unusable
        if fingerprint(path) != before:
            raise ListError(f"{path} changed while it was read. Run again when no program is writing it.")
        tables.publish()
    return ListSnapshot(
        list_name=list_name,
        fingerprint=before,
        rows=rows,
        subjects=len(seen),
        duplicates=duplicates,
        rejected=rejected,
        rules_version=RULES_VERSION,
        facts=facts,
        options=options.mark,
    )


def _sort_rows(chunk: ListChunk, rules: ListRules, seen: dict[str, int], outcomes: RowOutcomes) -> tuple[int, int]:
    """Counts repeated subjects and unusable values. New subjects are added to ``seen`` (subject → row number)."""
    duplicates = rejected = 0
    read_cell = rules.read_cell
    values = zip(chunk.raw_values, chunk.attributes, strict=True)
    for offset, (cell, attributes) in enumerate(values):
        number = chunk.first_row_number + offset
        row: Row = (number, cell, attributes, None, None)
        if offset in chunk.refused:
            outcomes.rejected(row, chunk.refused[offset])
            rejected += 1
            continue
        results = read_cell(cell)
        if chunk.fallbacks and not _names_somebody(results):
            for key, cells in chunk.fallbacks:
                others = read_cell(cells[offset])
                if _names_somebody(others):
                    results, row = others, (number, cells[offset], attributes, key, cell)
                    break
        for result in results:
            if isinstance(result, Rejected):
                outcomes.rejected(row, _reason(result, results))
                rejected += 1
                continue
            subject = result.subject
            first = seen.setdefault(subject, number)
            if first == number:
                outcomes.used(row, subject)
            else:
                outcomes.duplicate(row, subject, first)
                duplicates += 1
    return duplicates, rejected


def _names_somebody(results: Sequence[Found | Rejected]) -> bool:
    return any(isinstance(result, Found) for result in results)


def _reason(rejected: Rejected, results: Sequence[Found | Rejected]) -> str:
    """The reason; with the rejected part if the cell holds several."""
    return rejected.reason if len(results) == 1 else f"{rejected.reason} ({rejected.part})"
