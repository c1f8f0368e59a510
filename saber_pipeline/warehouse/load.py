"""Load: landed files become rows of the warehouse, typed by SQL."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb

from saber_pipeline.errors import DamagedLandingError
from saber_pipeline.warehouse.landed_files import inspect_landed, list_landed
from saber_pipeline.warehouse.sql import read_sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from saber_pipeline.warehouse.landed_files import LandedFile
    from saber_pipeline.warehouse.paths import DataPaths

CHUNK_COMPRESSED_BYTES = 32_000_000  # memory follows this, however much is waiting
CHUNK_FILES = 500  # thousands of tiny files must not become thousands of transactions
SMALLEST_LINE_BUFFER_BYTES = 1 << 21
SLICE_BYTES = 64_000_000  # of parsed JSON at a time, as load_slices.sql estimates it
ORDINARY_LINE_BYTES = 1 << 20
LONG_LINE_COPIES = 48  # a line is in the read buffer, in the chunk, in its typed shapes and in the checkpoint


@dataclass
class LoadSummary:
    """What a load did. ``typed`` counts answers by typed table; ``untyped`` those that fit none.

    Counts are of signals new or changed in this load; ``skipped_lines`` held no readable signal and stay
    in landing.
    """

    files: int = 0
    signals_new: int = 0
    signals_updated: int = 0
    typed: Counter[str] = field(default_factory=Counter)
    untyped: int = 0
    skipped_lines: int = 0


class DamagedLandingLoadError(DamagedLandingError):
    """Some landed files could not be loaded; all others were loaded, as ``summary`` says."""

    def __init__(self, message: str, summary: LoadSummary) -> None:
        super().__init__(message)
        self.summary = summary


def load_landed(con: duckdb.DuckDBPyConnection, paths: DataPaths) -> LoadSummary:
    """Load every landed file that was not loaded yet, each chunk of them in one transaction.

    Of several states of a signal the furthest wins: completed, failed, processing. Call
    ``apply_questions`` first, so that questions' own types decide. Raises DamagedLandingError, which
    names the files, after everything else was loaded.
    """
    summary = LoadSummary()
    damage: list[DamagedLandingError] = []
    con.execute(read_sql("load_macros"))
    known = {name for (name,) in con.execute("SELECT name FROM landed_files").fetchall()}
    waiting: list[LandedFile] = []
    for path in list_landed(paths.landed_signals):
        if path.name in known:
            continue
        try:
            waiting.append(inspect_landed(path))
        except DamagedLandingError as error:
            damage.append(error)
    for chunk in _chunks(waiting):
        try:
            with _room_for(con, chunk):
                _load_chunk(con, chunk, summary)
        except duckdb.Error as error:
            if len(chunk) == 1:
                damage.append(_unreadable(chunk[0], error))
            else:
                damage.extend(_load_one_by_one(con, chunk, summary))
    if damage:
        raise DamagedLandingLoadError("\n".join(str(error) for error in damage), summary)
    return summary


def _chunks(files: Sequence[LandedFile]) -> Iterator[list[LandedFile]]:
    chunk: list[LandedFile] = []
    size = 0
    for file in files:
        if chunk and (size + file.compressed_bytes > CHUNK_COMPRESSED_BYTES or len(chunk) >= CHUNK_FILES):
            yield chunk
            chunk, size = [], 0
        chunk.append(file)
        size += file.compressed_bytes
    if chunk:
        yield chunk


def _load_one_by_one(
    con: duckdb.DuckDBPyConnection, chunk: Sequence[LandedFile], summary: LoadSummary
) -> list[DamagedLandingError]:
    """A chunk failed: find the file to blame, and load the others."""
    damage: list[DamagedLandingError] = []
    for file in chunk:
        try:
            with _room_for(con, [file]):
                _load_chunk(con, [file], summary)
        except duckdb.Error as error:
            damage.append(_unreadable(file, error))
    return damage


def _unreadable(file: LandedFile, error: duckdb.Error) -> DamagedLandingError:
    """The file is whole, so this is about disk or memory, or a mistake of ours."""
    return DamagedLandingError(
        f"The landed file {file.path} could not be loaded: {str(error).splitlines()[0]}. It stays in landing and "
        "earlier answers are untouched. Free some disk space or memory and run again; nothing is bought for it."
    )


@contextmanager
def _room_for(con: duckdb.DuckDBPyConnection, chunk: Sequence[LandedFile]) -> Iterator[None]:
    """More memory for the rare chunk with a line of many megabytes: it cannot be read in parts."""
    longest = max(file.longest_line_bytes for file in chunk)
    if longest <= ORDINARY_LINE_BYTES:
        yield
        return
    (limit, threads) = con.execute(
        "SELECT current_setting('memory_limit'), current_setting('threads')"
    ).fetchall()[0]
    con.execute(f"SET memory_limit = '{(200_000_000 + LONG_LINE_COPIES * longest) // 1_000_000}MB'")
    con.execute("SET threads = 1")
    try:
        yield
    finally:
        con.execute(f"SET threads = {threads}")
        con.execute(f"SET memory_limit = '{limit}'")


def _load_chunk(con: duckdb.DuckDBPyConnection, chunk: Sequence[LandedFile], summary: LoadSummary) -> None:
    typed: Counter[str] = Counter()
    untyped = 0
    con.execute("BEGIN")
    try:
        con.execute(
            read_sql("load_stage"),
            {
                "files": [str(file.path) for file in chunk],
                "longest_line_bytes": max(
                    SMALLEST_LINE_BUFFER_BYTES, *(file.longest_line_bytes + 2 for file in chunk)
                ),
            },
        )
        con.execute(read_sql("load_choose"))
        (new, updated) = _row(
            con, "SELECT count(*) FILTER (NOT is_update), count(*) FILTER (is_update) FROM chosen"
        )
        if updated:
            con.execute(read_sql("load_forget"))
        skipped = _record_files(con, chunk)
        con.execute(read_sql("load_settle"))
        for first, last in con.execute(read_sql("load_slices"), {"slice_bytes": SLICE_BYTES}).fetchall():
            con.execute(read_sql("load_slice"), {"first": first, "last": last})
            con.execute(read_sql("load_coerce"))
            untyped += _count_answers(con, typed)
            for step in ("load_signals", "load_scalars", "load_nested"):
                con.execute(read_sql(step))
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    finally:
        for table in ("landed", "chosen", "slice", "coerced", "items"):
            con.execute(f"DROP TABLE IF EXISTS temp.{table}")
    summary.files += len(chunk)
    summary.signals_new += new
    summary.signals_updated += updated
    summary.untyped += untyped
    summary.skipped_lines += skipped
    summary.typed.update(typed)


def _count_answers(con: duckdb.DuckDBPyConnection, typed: Counter[str]) -> int:
    """Add a slice's typed answers to ``typed`` by type; returns how many are untyped."""
    untyped = 0
    for wanted, is_typed, count in con.execute(
        "SELECT wanted, is_typed, count(*) FROM coerced GROUP BY ALL"
    ).fetchall():
        if is_typed:
            typed[wanted] += count
        else:
            untyped += count
    return untyped


def _record_files(con: duckdb.DuckDBPyConnection, chunk: Sequence[LandedFile]) -> int:
    """Note the files as loaded; returns how many of their lines held no signal."""
    read = dict(con.execute("SELECT landed_file, count(*) FROM landed GROUP BY landed_file").fetchall())
    rows = [(file.path.name, read.get(file.path.name, 0), file.lines) for file in chunk]
    con.executemany(
        "INSERT INTO landed_files VALUES (?, current_timestamp AT TIME ZONE 'UTC', ?, ?)",
        [(name, signals, lines - signals) for name, signals, lines in rows],
    )
    return sum(lines - signals for _, signals, lines in rows)


def _row(con: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    rows: list[tuple[int, ...]] = con.execute(query).fetchall()
    return rows[0]
