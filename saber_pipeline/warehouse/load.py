"""Load: landed files become rows of the warehouse, typed by SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from saber_pipeline.errors import DamagedLandingError
from saber_pipeline.warehouse.landed_files import list_landed, read_pieces
from saber_pipeline.warehouse.load_piece import LoadSummary, load_piece
from saber_pipeline.warehouse.sql import read_sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from saber_pipeline.warehouse.paths import DataPaths

__all__ = ["DamagedLandingLoadError", "LoadSummary", "load_landed"]

GROUP_BYTES = 1_000_000
GROUP_FILES = 500


class DamagedLandingLoadError(DamagedLandingError):
    """Some landed files could not be loaded; all others were loaded, as ``summary`` says."""

    def __init__(self, message: str, summary: LoadSummary) -> None:
        super().__init__(message)
        self.summary = summary


def load_landed(con: duckdb.DuckDBPyConnection, paths: DataPaths) -> LoadSummary:
    """Load every landed file that was not loaded yet; a file counts as loaded as a whole or not at all.

    Of several states of a signal the furthest wins: completed, failed, processing. Call
    ``apply_questions`` first, so that questions' own types decide. Raises DamagedLandingError, which
    names the files, after everything else was loaded.
    """
    summary = LoadSummary()
    damage: list[DamagedLandingError] = []
    con.execute(read_sql("load_macros"))
    known = {name for (name,) in con.execute("SELECT name FROM landed_files").fetchall()}
    waiting = [path for path in list_landed(paths.landed_signals) if path.name not in known]
    for group in _groups(waiting):
        try:
            summary.add(_load_files(con, paths, group))
        except (duckdb.Error, DamagedLandingError):
            for path in group:  # find the one to blame, and load the others
                try:
                    summary.add(_load_files(con, paths, [path]))
                except DamagedLandingError as error:
                    damage.append(error)
                except duckdb.Error as error:
                    damage.append(_not_loaded(path, error))
    if damage:
        raise DamagedLandingLoadError("\n".join(str(error) for error in damage), summary)
    return summary


def _groups(files: Sequence[Path]) -> Iterator[list[Path]]:
    """Files that share a transaction: thousands of tiny ones must not become thousands of transactions."""
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


def _load_files(con: duckdb.DuckDBPyConnection, paths: DataPaths, files: Sequence[Path]) -> LoadSummary:
    """One transaction over some files."""
    summary = LoadSummary(files=len(files))
    con.execute("BEGIN")
    try:
        con.executemany(
            "INSERT INTO landed_files VALUES (?, current_timestamp AT TIME ZONE 'UTC', 0, 0)",
            [(path.name,) for path in files],
        )
        for piece in read_pieces(files):
            load_piece(con, paths.warehouse_folder, piece, summary)
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    return summary


def _not_loaded(path: Path, error: duckdb.Error) -> DamagedLandingError:
    """The file is whole, so this is about disk or memory, or a mistake of ours."""
    return DamagedLandingError(
        f"The landed file {path} could not be loaded: {str(error).splitlines()[0]}. It stays in landing and "
        "earlier answers are untouched. Free some disk space or memory and run again; nothing is bought for it."
    )
