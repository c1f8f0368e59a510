"""List snapshots become the tables ``domains``, ``contact_profiles`` and ``rejected_inputs``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from saber_pipeline.config.questions.subject_kinds import KINDS
from saber_pipeline.errors import StorageError
from saber_pipeline.warehouse.sql import fill_sql, read_sql

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.questions.subject_kinds import SubjectKind

REJECTED = "rejected"


@dataclass(frozen=True)
class Snapshot:
    """One Parquet file of one list, and what tells a changed one from the one loaded.

    ``part`` is the table of the kind's subjects, or ``rejected``.
    """

    path: Path
    kind: SubjectKind
    list_name: str
    part: str
    size_bytes: int
    modified_ns: int

    @property
    def name(self) -> str:
        """The file among those of both kinds."""
        return f"{self.kind.lists}/{self.path.name}"

    @property
    def record(self) -> tuple[str, str, str, str, int, int]:
        """The row that says it is loaded."""
        return (self.name, self.list_name, self.kind.about.value, self.part, self.size_bytes, self.modified_ns)


def load_lists(con: duckdb.DuckDBPyConnection, paths: DataPaths) -> int:
    """Bring the tables in line with the landed lists of both kinds. Returns how many snapshots changed or went.

    A snapshot is ``<list>.<table of the kind>.parquet`` or ``<list>.rejected.parquet`` with its table's columns.
    Only changed ones are read. StorageError names a snapshot that cannot be read; it changes nothing.
    """
    found = {snapshot.name: snapshot for kind in KINDS for snapshot in _find_snapshots(kind, paths.landed_lists(kind))}
    loaded = {row[0]: row for row in con.execute("FROM list_snapshots").fetchall()}
    changed = [snapshot for name, snapshot in found.items() if loaded.get(name) != snapshot.record]
    gone = [row for name, row in loaded.items() if name not in found]
    if not changed and not gone:
        return 0
    con.execute("BEGIN")
    try:
        for name, list_name, about, part, *_ in gone:
            _forget(con, name, list_name, about, part)
        for snapshot in changed:
            _forget(con, snapshot.name, snapshot.list_name, snapshot.kind.about.value, snapshot.part)
            _load(con, snapshot)
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    return len(changed) + len(gone)


def _find_snapshots(kind: SubjectKind, folder: Path) -> list[Snapshot]:
    snapshots = []
    for part in (kind.table, REJECTED):
        suffix = f".{part}.parquet"
        for path in sorted(folder.glob(f"*{suffix}")):
            if path.name.startswith("."):
                continue
            status = path.stat()
            list_name = path.name.removesuffix(suffix)
            snapshots.append(Snapshot(path, kind, list_name, part, status.st_size, status.st_mtime_ns))
    return snapshots


def _forget(con: duckdb.DuckDBPyConnection, name: str, list_name: str, about: str, part: str) -> None:
    if part == REJECTED:
        con.execute('DELETE FROM rejected_inputs WHERE "list" = ? AND subject_type = ?', [list_name, about])
    else:
        con.execute(f'DELETE FROM {part} WHERE "list" = ?', [list_name])  # noqa: S608 - one of two constants
    con.execute("DELETE FROM list_snapshots WHERE name = ?", [name])


def _load(con: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> None:
    try:
        if snapshot.part == REJECTED:
            con.execute(read_sql("lists_rejected"), [snapshot.kind.about.value, str(snapshot.path)])
        else:
            kind = snapshot.kind
            con.execute(fill_sql("lists_members", table=kind.table, column=kind.column), [str(snapshot.path)])
    except duckdb.Error as error:
        raise StorageError(
            f"The snapshot {snapshot.path} of list {snapshot.list_name!r} cannot be read: "
            f"{str(error).splitlines()[0]}. The tables keep the rows they had. Delete it and materialise "
            f"{snapshot.kind.lists} again."
        ) from error
    con.execute("INSERT INTO list_snapshots VALUES (?, ?, ?, ?, ?, ?)", list(snapshot.record))
