"""List snapshots become the tables ``domains`` and ``rejected_inputs``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from saber_pipeline.errors import StorageError
from saber_pipeline.warehouse.sql import read_sql

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.warehouse.paths import DataPaths

KINDS = ("domains", "rejected")


@dataclass(frozen=True)
class Snapshot:
    """One Parquet file of one list, and what tells a changed one from the one loaded."""

    path: Path
    list_name: str
    kind: str
    size_bytes: int
    modified_ns: int


def load_lists(con: duckdb.DuckDBPyConnection, paths: DataPaths) -> int:
    """Bring both tables in line with ``landing/lists``. Returns how many snapshots changed or went.

    A snapshot is ``<list>.domains.parquet`` or ``<list>.rejected.parquet`` with its table's columns.
    Only changed ones are read. StorageError names a snapshot that cannot be read; it changes nothing.
    """
    found = {snapshot.path.name: snapshot for snapshot in _find_snapshots(paths.landed_lists)}
    loaded: dict[str, tuple[str, str, int, int]] = {
        name: (list_name, kind, size_bytes, modified_ns)
        for name, list_name, kind, size_bytes, modified_ns in con.execute(
            'SELECT name, "list", kind, bytes, modified_ns FROM list_snapshots'
        ).fetchall()
    }
    changed = [s for name, s in found.items() if loaded.get(name) != _record(s)]
    gone = [(name, rest[0], rest[1]) for name, rest in loaded.items() if name not in found]
    con.execute("BEGIN")
    try:
        for name, list_name, kind in gone:
            _forget(con, name, list_name, kind)
        for snapshot in changed:
            _forget(con, snapshot.path.name, snapshot.list_name, snapshot.kind)
            _load(con, snapshot)
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    return len(changed) + len(gone)


def _find_snapshots(folder: Path) -> list[Snapshot]:
    snapshots = []
    for kind in KINDS:
        suffix = f".{kind}.parquet"
        for path in sorted(folder.glob(f"*{suffix}")):
            if path.name.startswith("."):
                continue
            status = path.stat()
            list_name = path.name.removesuffix(suffix)
            snapshots.append(Snapshot(path, list_name, kind, status.st_size, status.st_mtime_ns))
    return snapshots


def _record(snapshot: Snapshot) -> tuple[str, str, int, int]:
    return (snapshot.list_name, snapshot.kind, snapshot.size_bytes, snapshot.modified_ns)


def _forget(con: duckdb.DuckDBPyConnection, name: str, list_name: str, kind: str) -> None:
    table = "domains" if kind == "domains" else "rejected_inputs"
    con.execute(f'DELETE FROM {table} WHERE "list" = ?', [list_name])  # noqa: S608 - one of two constants
    con.execute("DELETE FROM list_snapshots WHERE name = ?", [name])


def _load(con: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> None:
    try:
        con.execute(read_sql(f"lists_{snapshot.kind}"), [str(snapshot.path)])
    except duckdb.Error as error:
        raise StorageError(
            f"The snapshot {snapshot.path} of list {snapshot.list_name!r} cannot be read: "
            f"{str(error).splitlines()[0]}. The tables keep the rows they had. Delete it and materialise "
            "domain_lists again."
        ) from error
    con.execute("INSERT INTO list_snapshots VALUES (?, ?, ?, ?, ?)", [snapshot.path.name, *_record(snapshot)])
