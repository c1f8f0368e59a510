"""A list as it was understood, before anything is bought: what its file was taken for, its counts and its rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.subject_kinds import SubjectKind
from saber_pipeline.errors import ListError
from saber_pipeline.inputs.list_tables import REJECTED
from saber_pipeline.inputs.snapshots import snapshot_tables
from saber_pipeline.inputs.table_facts import ListSnapshot, TableFacts
from saber_pipeline.runs.lists import read_current

__all__ = ["ListPreview", "ListSnapshot", "RowPreview", "TableFacts", "preview_list"]

FIRST_ROWS = 5
MOST_REJECTED = 10_000
"""So many rejected values of a list are kept for showing; its snapshot counts all of them."""

_ROWS_AT_ONCE = 4_096


@dataclass(frozen=True)
class RowPreview:
    """One value of a row. ``subject`` is its domain or profile, None where it is rejected with the ``reason``.

    ``duplicate_of`` is the row that had the subject first. ``attributes`` are the row's other columns.
    ``column_used`` is the key of the column that named the subject where the chosen one did not.
    """

    row_number: int
    raw_value: str | None
    subject: str | None
    outcome: str
    duplicate_of: int | None
    reason: str | None
    column_used: str | None
    attributes: dict[str, Any]


@dataclass(frozen=True)
class ListPreview:
    """``problem`` says why the list cannot be used, with the cure; ``snapshot`` is None where it could not be read."""

    kind: SubjectKind
    list_name: str
    path: Path
    snapshot: ListSnapshot | None = None
    problem: str | None = None
    first_rows: tuple[RowPreview, ...] = ()
    rejected: tuple[RowPreview, ...] = ()


def preview_list(
    paths: DataPaths, kind: SubjectKind, list_name: str, path: Path, folder: Path, *, other_profiles: bool = False
) -> ListPreview:
    """Read a list's file into ``folder``, a temporary one; nothing else is written. Its mistakes are told, not raised.

    Raises:
        StorageError: ``folder`` cannot be written.
    """
    try:
        snapshot = read_current(paths, kind, list_name, path, folder, other_profiles=other_profiles)
    except ListError as error:
        return ListPreview(kind, list_name, path, problem=str(error))
    problem = None
    if not snapshot.subjects:
        why = f"all of its {snapshot.rows:,} rows are rejected" if snapshot.rows else "there is none below the header"
        problem = f"No row of {path} can be used: {why}."
    rows = snapshot_tables(list_name, kind, folder)["rows_path"]
    return ListPreview(
        kind,
        list_name,
        path,
        snapshot,
        problem,
        tuple(_rows(rows, kind, FIRST_ROWS)),
        tuple(_rows(rows, kind, MOST_REJECTED, REJECTED)),
    )


def _rows(file: Path, kind: SubjectKind, most: int, outcome: str | None = None) -> Iterator[RowPreview]:
    """The first ``most`` values of the file, in its order; of one outcome only where it is named."""
    import pyarrow.compute as pc  # noqa: PLC0415  pyarrow costs 0.1 s, which a command without a preview saves
    import pyarrow.parquet as pq  # noqa: PLC0415  as above

    left = most
    for batch in pq.ParquetFile(file).iter_batches(batch_size=_ROWS_AT_ONCE):
        found = batch if outcome is None else batch.filter(pc.equal(batch["outcome"], outcome))
        for row in found.slice(0, left).to_pylist():
            yield RowPreview(
                row_number=row["row_number"],
                raw_value=row["raw_value"],
                subject=row[kind.column],
                outcome=row["outcome"],
                duplicate_of=row["duplicate_of"],
                reason=row["reason"],
                column_used=row["column_used"],
                attributes=json.loads(row["attributes"] or "{}"),
            )
        left -= min(left, found.num_rows)
        if not left:
            return
