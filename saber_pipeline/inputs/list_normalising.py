"""A list file becomes two Parquet files: the subjects of the list, and the inputs that cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.errors import ListError
from saber_pipeline.inputs.cells import Found, Rejected
from saber_pipeline.inputs.list_files import fingerprint
from saber_pipeline.inputs.list_tables import AcceptedRows, ListTables, RejectedRows
from saber_pipeline.inputs.read_list import ListChunk, read_list

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from saber_pipeline.inputs.list_rules import ListRules


@dataclass(frozen=True)
class ListSummary:
    """What normalising one list gave.

    ``rows`` counts data rows, ``subjects`` accepted ones, ``duplicates`` mentions of one that an
    earlier row has, and ``rejected`` unusable values. A cell may hold several values, so the three
    add up to ``rows`` or more.
    """

    list_name: str
    path: Path
    fingerprint: str
    rows: int
    subjects: int
    duplicates: int
    rejected: int

    @property
    def has_usable_rows(self) -> bool:
        """Is there anything to ask about?"""
        return self.subjects > 0


def normalise_list(
    path: Path, list_name: str, rules: ListRules, *, accepted_path: Path, rejected_path: Path
) -> ListSummary:
    """Read ``path`` and write both Parquet files whole, or neither.

    Accepted: list, domain or contact_profile_url, row_number, raw_value, attributes (JSON text).
    Rejected: list, row_number, raw_value, reason. The first row with a subject wins. Memory is one chunk
    of rows, plus the set of the list's subjects (about 130 MB for a million domains). Raises ListError for a
    file that cannot be used as a whole and StorageError when the results cannot be written; single bad rows
    never raise.
    """
    before = fingerprint(path)
    seen: set[str] = set()
    rows = duplicates = rejected = 0
    with ListTables(list_name, rules.kind.column, accepted_path, rejected_path) as tables:
        for chunk in read_list(path, rules):
            accepted_rows, rejected_rows, repeated = _sort_rows(chunk, rules, seen)
            tables.write(accepted_rows, rejected_rows)
            rows += len(chunk.raw_values)
            duplicates += repeated
            rejected += len(rejected_rows.reasons)
        if fingerprint(path) != before:
            raise ListError(f"{path} changed while it was read. Run again when nobody is writing it.")
        tables.publish()
    return ListSummary(
        list_name=list_name,
        path=path,
        fingerprint=before,
        rows=rows,
        subjects=len(seen),
        duplicates=duplicates,
        rejected=rejected,
    )


def _sort_rows(chunk: ListChunk, rules: ListRules, seen: set[str]) -> tuple[AcceptedRows, RejectedRows, int]:
    """Accepted rows, rejected rows and the number of repeated subjects; ``seen`` takes the new ones."""
    accepted, rejected, duplicates = AcceptedRows(), RejectedRows(), 0
    read_cell = rules.read_cell
    values = zip(chunk.raw_values, chunk.attributes, strict=True)
    for row_number, (raw_value, attributes) in enumerate(values, start=chunk.first_row_number):
        results = read_cell(raw_value)
        for result in results:
            if isinstance(result, Rejected):
                rejected.add(row_number, raw_value, _reason(result, results))
                continue
            subject = result.subject
            if subject in seen:
                duplicates += 1
            else:
                seen.add(subject)
                accepted.add(subject, row_number, raw_value or "", attributes)
    return accepted, rejected, duplicates


def _reason(rejected: Rejected, results: Sequence[Found | Rejected]) -> str:
    """The reason, with the part of the cell it is about where the cell holds several."""
    return rejected.reason if len(results) == 1 else f"{rejected.reason} ({rejected.part})"
