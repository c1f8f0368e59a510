"""Loading one piece of landed lines, inside the caller's transaction. The steps are SQL."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from saber_pipeline.warehouse.landed_files import damaged_landing
from saber_pipeline.warehouse.load_sql import insert_answers, load_sql
from saber_pipeline.warehouse.sql import read_sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from saber_pipeline.warehouse.landed_files import Piece

SPOOL_PREFIX = "loading-"
SMALLEST_BUFFER_BYTES = 1 << 21
ORDINARY_LINE_BYTES = 1 << 21
ORDINARY_MEMORY_BYTES = 200_000_000
ENVELOPE_BYTES = 1 << 16
LONG_LINE_COPIES = 48  # every JSON function over a line keeps a parsed copy, rounded up to a power of two


@dataclass
class LoadSummary:
    """The result of a load. ``typed`` counts answers by typed table; ``untyped`` those that fit none.

    Counts are of signals new or changed in this load; ``skipped_lines`` held no readable signal and stay
    in landing.
    """

    files: int = 0
    signals_new: int = 0
    signals_updated: int = 0
    typed: Counter[str] = field(default_factory=Counter)
    untyped: int = 0
    skipped_lines: int = 0

    def add(self, other: LoadSummary) -> None:
        """Add what another load did."""
        self.files += other.files
        self.signals_new += other.signals_new
        self.signals_updated += other.signals_updated
        self.typed.update(other.typed)
        self.untyped += other.untyped
        self.skipped_lines += other.skipped_lines


@dataclass
class FileCounts:
    """Lines and signals by landed file, over the pieces of a file."""

    lines: Counter[str] = field(default_factory=Counter)
    signals: Counter[str] = field(default_factory=Counter)


def load_piece(
    con: duckdb.DuckDBPyConnection, folder: Path, piece: Piece, summary: LoadSummary, counts: FileCounts
) -> None:
    """Load the piece's lines and add to ``summary`` and ``counts``. ``folder`` takes them uncompressed for a moment."""
    with _room_for(con, piece):
        with nullcontext(_as_it_is(piece)) if piece.files else spooled(folder, piece) as parameters:
            con.execute(read_sql("load_stage"), parameters)
        summary.skipped_lines += _count_lines(con, piece, counts)
        new, updated = _choose(con)
        con.execute(load_sql("load_parse_exact"))
        if con.execute(read_sql("load_has_unparsed")).fetchall()[0][0]:
            con.execute(load_sql("load_parse_lenient"))
        con.execute(read_sql("load_mismatched"))
        con.execute(read_sql("load_signals"))
        for family in _count_answers(con, summary):
            con.execute(insert_answers(family))
        for table in ("landed", "families", "coerced"):
            con.execute(f"DROP TABLE temp.{table}")
    summary.signals_new += new
    summary.signals_updated += updated


def _choose(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Leave in ``landed`` what is to be loaded, and make room for it; returns how many signals are new and updated."""
    lines, signals, first, last = con.execute(read_sql("load_span")).fetchall()[0]
    if lines == signals:
        ((known,),) = con.execute(read_sql("load_known"), {"first": first, "last": last}).fetchall()
        if not known:
            return signals, 0
    con.execute(read_sql("load_pick_latest"))
    new, updated = con.execute(
        "SELECT count(*) FILTER (NOT is_update), count(*) FILTER (is_update) FROM chosen"
    ).fetchall()[0]
    if updated:
        con.execute(load_sql("load_delete_replaced"))
    con.execute(read_sql("load_drop_stale"))
    con.execute("DROP TABLE temp.chosen")
    return new, updated


def clear_spools(folder: Path) -> None:
    """Remove what a killed process left; the warehouse's lock says that nobody uses it."""
    for spool in folder.glob(f"{SPOOL_PREFIX}*"):
        rmtree(spool, ignore_errors=True)


@contextmanager
def spooled(folder: Path, piece: Piece) -> Iterator[dict[str, object]]:
    """The piece's lines uncompressed below ``folder``, as the parameters of the SQL that reads them."""
    with TemporaryDirectory(prefix=SPOOL_PREFIX, dir=folder) as name:
        spool = Path(name)
        (spool / "empty").touch()  # a piece may hold no line at all
        for file_name, blocks in piece.texts.items():
            with (spool / file_name).open("wb") as file:
                file.writelines(blocks)
        yield _parameters(piece, [f"{as_pattern(spool)}/*"], "uncompressed")  # DuckDB 1.4 does not know its own "none"


def _as_it_is(piece: Piece) -> dict[str, object]:
    """The piece's files on disk, as the parameters of the SQL that reads them."""
    return _parameters(piece, [as_pattern(file.path) for file in piece.files], "zstd")


def _parameters(piece: Piece, patterns: list[str], compression: str) -> dict[str, object]:
    longest_bytes = max(SMALLEST_BUFFER_BYTES, piece.longest_line_bytes + ENVELOPE_BYTES)
    return {"files": patterns, "compression": compression, "longest_line_bytes": longest_bytes}


def as_pattern(path: Path) -> str:
    """The pattern that names this path alone: DuckDB takes every path it reads from for a pattern."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))


def _count_lines(con: duckdb.DuckDBPyConnection, piece: Piece, counts: FileCounts) -> int:
    """Note the files that end here as loaded; returns how many of the piece's lines gave no signal.

    DamagedLandingError where DuckDB has found less in a file than this process wrote into it.
    """
    found = dict(con.execute("SELECT landed_file, count(*) FROM landed GROUP BY landed_file").fetchall())
    for file in piece.files:
        if found.get(file.name) != file.lines:
            reason = f"it gave {found.get(file.name, 0):,} signals of the {file.lines:,} that were written"
            raise damaged_landing(file.path, reason)
    counts.signals.update(found)
    counts.lines.update(piece.lines)
    if piece.finished:
        con.executemany(
            "INSERT INTO internal.landed_files VALUES (?, current_timestamp AT TIME ZONE 'UTC', ?, ?)",
            [(name, counts.signals[name], counts.lines[name] - counts.signals[name]) for name in piece.finished],
        )
    return sum(piece.lines.values()) - sum(found.values())


def _count_answers(con: duckdb.DuckDBPyConnection, summary: LoadSummary) -> list[str]:
    """Add the piece's answers to ``summary``; returns the families of those that are typed."""
    families = []
    query = "SELECT wanted, is_typed, count(*) FROM coerced GROUP BY ALL"
    for wanted, is_typed, count in con.execute(query).fetchall():
        if is_typed:
            summary.typed[wanted] += count
            families.append(wanted)
        else:
            summary.untyped += count
    return sorted(families)


@contextmanager
def _room_for(con: duckdb.DuckDBPyConnection, piece: Piece) -> Iterator[None]:
    """More memory for the rare line of many megabytes: it cannot be read in parts."""
    if piece.longest_line_bytes <= ORDINARY_LINE_BYTES:
        yield
        return
    limit, threads = con.execute("SELECT current_setting('memory_limit'), current_setting('threads')").fetchall()[0]
    needed = ORDINARY_MEMORY_BYTES + LONG_LINE_COPIES * max(piece.longest_line_bytes, piece.size_bytes)
    con.execute(f"SET memory_limit = '{needed // 1_000_000}MB'")
    con.execute("SET threads = 1")
    try:
        yield
    finally:
        con.execute(f"SET threads = {threads}")
        con.execute(f"SET memory_limit = '{limit}'")
