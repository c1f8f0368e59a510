"""Load: landed files become rows of the warehouse, typed by SQL."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING

import duckdb

from saber_pipeline.advisory_lock import ALONE
from saber_pipeline.errors import DamagedLandingError
from saber_pipeline.storage_failures import Trouble, trouble_of
from saber_pipeline.warehouse.landed_files import check_landed, list_all_landed, not_loaded, read_pieces
from saber_pipeline.warehouse.landed_records import load_records
from saber_pipeline.warehouse.load_piece import FileCounts, LoadSummary, clear_spools, load_piece
from saber_pipeline.warehouse.load_sql import load_sql
from saber_pipeline.warehouse.sql import read_sql
from saber_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from saber_pipeline.advisory_lock import WarehouseHold
    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.warehouse.landing import LandedFile

__all__ = ["DamagedLandingLoadError", "LoadSummary", "load_landed"]

GROUP_BYTES = 16_000_000  # compressed
GROUP_FILES = 500
NOT_THE_FILE = {Trouble.DAMAGED, Trouble.FULL, Trouble.BROKEN_DISK, Trouble.FORBIDDEN, Trouble.LOCKED}
"""Troubles of the warehouse itself: no landed file is to blame, and none should be moved away."""
PIECES_AT_ONCE, BYTES_AT_ONCE = 4, 80_000_000
"""Rows go to the file in full groups (``session.ROW_GROUP_ROWS``), which a transaction of one piece does not fill. The
memory of its pieces is freed only when the transaction ends, so it ends behind the piece that reaches the bytes."""


class DamagedLandingLoadError(DamagedLandingError):
    """Some landed files could not be loaded; all others were loaded, as ``summary`` says."""

    def __init__(self, message: str, summary: LoadSummary) -> None:
        super().__init__(message)
        self.summary = summary


def load_landed(con: duckdb.DuckDBPyConnection, paths: DataPaths, hold: WarehouseHold = ALONE) -> LoadSummary:
    """Load every landed file that was not loaded yet.

    Of several states of a signal the furthest wins: completed, failed, processing. Call
    ``apply_questions`` first, so that questions' own types decide. Raises DamagedLandingError, which
    names the files, after everything else was loaded; LockLostError if ``hold`` was lost.
    """
    summary = LoadSummary()
    damage: list[DamagedLandingError] = []
    clear_spools(paths.warehouse_folder)
    known = _loaded_files(con)
    waiting = []
    for path in list_all_landed(paths.landed_signals, paths.store_address, known):
        if path.name in known:
            continue
        try:
            check_landed(path)
            waiting.append(path)
        except DamagedLandingError as error:
            damage.append(error)
    if waiting:
        damage += _load_waiting(con, paths, waiting, summary, hold)
    damage += load_records(con, paths, hold)
    if con.execute("SELECT EXISTS (FROM internal.companies_to_join)").fetchall()[0][0]:
        with transaction(con):
            con.execute(read_sql("companies_join"))
    if damage:
        raise DamagedLandingLoadError("\n".join(str(error) for error in damage), summary)
    return summary


def _load_waiting(
    con: duckdb.DuckDBPyConnection, paths: DataPaths, waiting: list[Path], summary: LoadSummary, hold: WarehouseHold
) -> list[DamagedLandingError]:
    damage: list[DamagedLandingError] = []
    con.execute(load_sql("load_macros"))
    with _one_thread(con):
        for group in _groups(waiting):
            try:
                _load_files(con, paths, group, summary, hold)
            except duckdb.Error as error:
                if trouble_of(error) in NOT_THE_FILE:
                    raise
                for path in group:  # find the one to blame, and load the others
                    try:
                        _load_files(con, paths, [path], summary, hold)
                    except duckdb.Error as its_own:
                        damage.append(not_loaded(path, its_own))
    return damage


def load_arriving(
    con: duckdb.DuckDBPyConnection,
    paths: DataPaths,
    files: Iterable[Path | LandedFile | None],
    hold: WarehouseHold = ALONE,
) -> LoadSummary:
    """Load landed signals as ``files`` names them, which may wait for more to land; those loaded already are left out.

    None among ``files`` says that nothing waits at the moment. DuckDB reads a LandedFile as it is.

    Raises DamagedLandingError or duckdb's own error at the first file that cannot be loaded; some of those before it
    are loaded then.
    """
    summary = LoadSummary()
    con.execute(load_sql("load_macros"))
    clear_spools(paths.warehouse_folder)
    known = _loaded_files(con)
    with _one_thread(con):
        _load_files(con, paths, (file for file in files if file is None or file.name not in known), summary, hold)
    return summary


def _loaded_files(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {name for (name,) in con.execute("SELECT name FROM internal.landed_files").fetchall()}


def _groups(files: Sequence[Path]) -> Iterator[list[Path]]:
    """Files loaded together: thousands of tiny ones must not become thousands of transactions."""
    group: list[Path] = []
    size_bytes = 0
    for path in files:
        file_bytes = path.stat().st_size
        if group and (size_bytes + file_bytes > GROUP_BYTES or len(group) >= GROUP_FILES):
            yield group
            group, size_bytes = [], 0
        group.append(path)
        size_bytes += file_bytes
    if group:
        yield group


def _load_files(
    con: duckdb.DuckDBPyConnection,
    paths: DataPaths,
    files: Iterable[Path | LandedFile | None],
    summary: LoadSummary,
    hold: WarehouseHold,
) -> None:
    """Load the files' pieces, some of them in one transaction.

    A file is noted as loaded with its last piece. After a crash it is read again from its start, which
    changes nothing that is there already.
    """
    counts = FileCounts()
    pieces = read_pieces(files)
    while some := list(islice(pieces, 1)):
        done = LoadSummary()
        with transaction(con):
            size_bytes = 0
            for piece in chain(some, islice(pieces, PIECES_AT_ONCE - 1)):
                load_piece(con, paths.warehouse_folder, piece, done, counts)
                done.files += len(piece.finished)
                size_bytes += piece.size_bytes
                if size_bytes >= BYTES_AT_ONCE:
                    break
            hold.check()
        summary.add(done)


@contextmanager
def _one_thread(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Each thread takes 70 MB to read JSON and begins row groups of its own; on two cores a second saves nothing."""
    threads = con.execute("SELECT current_setting('threads')").fetchall()[0][0]
    con.execute("SET threads = 1")
    try:
        yield
    finally:
        con.execute(f"SET threads = {threads}")
