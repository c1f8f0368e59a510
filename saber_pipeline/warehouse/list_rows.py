"""List snapshots become ``list_rows``, and with it ``domains``, ``contact_profiles`` and ``rejected_inputs``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from saber_pipeline.config.questions.subject_kinds import COMPANIES, KINDS
from saber_pipeline.errors import StorageError
from saber_pipeline.unicode_domains import unicode_domain
from saber_pipeline.warehouse.sql import fill_sql
from saber_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.questions.subject_kinds import SubjectKind

ROWS, REJECTED = "rows", "rejected"


@dataclass(frozen=True)
class Snapshot:
    """One Parquet file of one list, and what tells a changed one from the one loaded.

    ``part`` is ``rows``. An earlier version wrote two instead: the table of the kind's subjects, and ``rejected``.
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

    A snapshot is ``<list>.rows.parquet``; one of an earlier version ``<list>.<table of the kind>.parquet`` with
    ``<list>.rejected.parquet``. Only changed ones are read. StorageError names one that cannot be read.
    """
    found = {snapshot.name: snapshot for kind in KINDS for snapshot in _find_snapshots(kind, paths.landed_lists(kind))}
    loaded = {row[0]: row for row in con.execute("FROM internal.list_snapshots").fetchall()}
    changed = [snapshot for name, snapshot in found.items() if loaded.get(name) != snapshot.record]
    gone = [row for name, row in loaded.items() if name not in found]
    if not changed and not gone:
        return 0
    with transaction(con):
        for name, list_name, about, part, *_ in gone:
            _forget(con, name, list_name, about, part)
        for snapshot in changed:
            _forget(con, snapshot.name, snapshot.list_name, snapshot.kind.about.value, snapshot.part)
            _load(con, snapshot)
    return len(changed) + len(gone)


def _find_snapshots(kind: SubjectKind, folder: Path) -> list[Snapshot]:
    snapshots: list[Snapshot] = []
    whole: set[str] = set()
    for part in (ROWS, kind.table, REJECTED):
        suffix = f".{part}.parquet"
        for path in sorted(folder.glob(f"*{suffix}")):
            if path.name.startswith("."):
                continue
            status = path.stat()
            list_name = path.name.removesuffix(suffix)
            if part == ROWS:
                whole.add(list_name)
            elif list_name in whole:
                continue
            snapshots.append(Snapshot(path, kind, list_name, part, status.st_size, status.st_mtime_ns))
    return snapshots


def _forget(con: duckdb.DuckDBPyConnection, name: str, list_name: str, about: str, part: str) -> None:
    forget = 'DELETE FROM internal.list_entries WHERE "list" = ? AND subject_type = ? AND part = ?'
    con.execute(forget, [list_name, about, part])
    con.execute("DELETE FROM internal.list_snapshots WHERE name = ?", [name])


def _load(con: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> None:
    try:
        kind = snapshot.kind
        names = {"table": kind.table, "column": kind.column}
        statement = {ROWS: "lists_rows", REJECTED: "lists_rejected"}.get(snapshot.part, "lists_members")
        con.execute(fill_sql(statement, **names), [kind.about.value, str(snapshot.path)])
        if kind is COMPANIES:
            _add_unicode_names(con, snapshot.list_name)
    except duckdb.Error as error:
        raise StorageError(
            f"The snapshot {snapshot.path} of list {snapshot.list_name!r} cannot be read: "
            f"{str(error).splitlines()[0]}. The tables keep the rows they had. Delete it and materialise "
            f"{snapshot.kind.lists} again."
        ) from error
    con.execute("INSERT INTO internal.list_snapshots VALUES (?, ?, ?, ?, ?, ?)", list(snapshot.record))


def _add_unicode_names(con: duckdb.DuckDBPyConnection, list_name: str) -> None:
    """Give the list's internationalised domains the names that people write; nearly all lists have none or few."""
    found = con.execute(
        "SELECT DISTINCT subject FROM internal.list_entries "
        "WHERE \"list\" = ? AND subject_type = 'company' AND contains(subject, 'xn--')",
        [list_name],
    ).fetchall()
    names = {domain: name for (domain,) in found if (name := unicode_domain(domain)) != domain}
    if names:
        con.execute(
            "UPDATE internal.list_entries SET domain_unicode = told.name "
            "FROM (SELECT unnest(?::VARCHAR[]) AS domain, unnest(?::VARCHAR[]) AS name) AS told "
            "WHERE subject = told.domain AND \"list\" = ? AND subject_type = 'company'",
            [list(names), list(names.values()), list_name],
        )
