"""Loading ahead: while a run still reads, and never in the way of anybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import zstandard

from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.warehouse import background_loader
from saber_pipeline.warehouse.background_loader import BackgroundLoader
from saber_pipeline.warehouse.file_copy import log_of
from saber_pipeline.warehouse.landed_files import read_pieces
from saber_pipeline.warehouse.load import DamagedLandingLoadError, load_arriving, load_landed
from saber_pipeline.warehouse.session import open_warehouse
from saber_pipeline_tests.warehouse.signals import boolean, land_file, raw_signal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.warehouse.load import LoadSummary

QUESTION = Question("hires", "?", AnswerType.BOOLEAN)
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "its last byte is gone": lambda whole: whole[:-1],
    "half of it is gone": lambda whole: whole[: len(whole) // 2],
    "half of it is zeros": lambda whole: whole[: len(whole) // 2].ljust(len(whole), b"\0"),
    "a byte is another one": lambda whole: whole[:-99] + bytes([whole[-99] ^ 1]) + whole[-98:],
    "other lines are in it": lambda whole: zstandard.compress(b"{}\n", 1).ljust(len(whole), b"\0"),
}
SIGNAL_IDS = "SELECT signal_id FROM signals ORDER BY ALL"


@pytest.fixture
def ahead(paths: DataPaths, monkeypatch: pytest.MonkeyPatch) -> Iterator[BackgroundLoader]:
    """Loading ahead from the first file on, which waits for long before it gives the warehouse back."""
    monkeypatch.setattr(background_loader, "START_BYTES", 1)
    monkeypatch.setattr(background_loader, "IDLE_SECONDS", 60)
    loading = BackgroundLoader(paths, [QUESTION], memory_limit="200MB")
    yield loading
    loading.close()


def landed(ahead: BackgroundLoader, paths: DataPaths, name: str) -> Path:
    """One signal in a file of its own, of which ``ahead`` is told."""
    file = land_file(paths, name, [raw_signal(name, boolean(True))], QUESTION)
    ahead.add(file)
    return file.path


def test_the_run_gets_what_was_loaded(ahead: BackgroundLoader, paths: DataPaths) -> None:
    """The run's own session has every file that it landed, each loaded once, and others come after it."""
    for name in ("a", "b", "c"):
        landed(ahead, paths, name)
    with ahead.session() as session:
        assert session.con.execute(SIGNAL_IDS).fetchall() == [("a",), ("b",), ("c",)]
        assert load_landed(session.con, paths).files == 0
    landed(ahead, paths, "d")
    with ahead.session() as session:
        assert session.con.execute("SELECT name FROM internal.landed_files ORDER BY ALL").fetchall() == [
            (f"{name}.ndjson.zst",) for name in ("a", "b", "c", "d")
        ]


def test_loading_takes_a_share_of_the_memory(
    ahead: BackgroundLoader, paths: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It leaves room for the run's own. The session has all of it, and what was loaded is written out already."""
    while_loading: list[str] = []

    def load_and_look(con: duckdb.DuckDBPyConnection, *rest: Any) -> LoadSummary:
        while_loading.append(_limit(con))
        return load_arriving(con, *rest)

    monkeypatch.setattr(background_loader, "load_arriving", load_and_look)
    landed(ahead, paths, "a")
    with ahead.session() as session:
        assert (while_loading, _limit(session.con)) == (["127.1 MiB"], "190.7 MiB")
        assert not log_of(paths.warehouse_file).exists()


def test_what_does_not_fit_is_left_to_the_publication(
    ahead: BackgroundLoader, paths: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its share of the memory is too little for a file: the session loads it with all of the memory."""
    monkeypatch.setattr(background_loader, "MEMORY_SHARE", 0.02)
    signals = [raw_signal(f"a{n}", boolean(True), reasoning="word " * 2_000) for n in range(500)]
    ahead.add(land_file(paths, "a", signals, QUESTION))
    with ahead.session() as session:
        assert session.con.execute(SIGNAL_IDS).fetchall() == []
        assert load_landed(session.con, paths).signals_new == 500


def _limit(con: duckdb.DuckDBPyConnection) -> str:
    ((limit,),) = con.execute("SELECT current_setting('memory_limit')").fetchall()
    return str(limit)


def test_little_waits(paths: DataPaths) -> None:
    """A handful of answers is left to the publication: nothing is opened for it."""
    loading = BackgroundLoader(paths, [QUESTION], memory_limit="200MB")
    landed(loading, paths, "a")
    with loading.session() as session:
        assert session.con.execute(SIGNAL_IDS).fetchall() == []
        assert load_landed(session.con, paths).files == 1


def test_others_get_the_warehouse(ahead: BackgroundLoader, paths: DataPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing lands for a while, the warehouse is given back with what has been loaded."""
    monkeypatch.setattr(background_loader, "IDLE_SECONDS", 0.01)
    landed(ahead, paths, "a")
    while ahead.is_loading:  # which has the lock, or waits for it
        with open_warehouse(paths) as con:
            found = con.execute(SIGNAL_IDS).fetchall()
    with open_warehouse(paths) as con:
        found = con.execute(SIGNAL_IDS).fetchall()
    assert found == [("a",)]


def test_what_somebody_else_loaded(ahead: BackgroundLoader, paths: DataPaths) -> None:
    """A file that another run has loaded meanwhile is left alone."""
    file = land_file(paths, "a", [raw_signal("a", boolean(True))], QUESTION)
    with open_warehouse(paths) as con:
        load_landed(con, paths)
    ahead.add(file)
    with ahead.session() as session:
        assert session.con.execute("SELECT count(*) FROM internal.landed_files").fetchall() == [(1,)]
        assert session.con.execute(SIGNAL_IDS).fetchall() == [("a",)]


@pytest.mark.parametrize("damage", [*DAMAGES.values()], ids=[*DAMAGES])
def test_a_damaged_file(ahead: BackgroundLoader, paths: DataPaths, damage: Callable[[bytes], bytes]) -> None:
    """A file that cannot be read back ends loading ahead without a word; the publication names it and has the rest."""
    landed(ahead, paths, "a")
    signals = [raw_signal(f"b{n}", boolean(True), reasoning=str(hash(n / 7))) for n in range(500)]
    file = land_file(paths, "b", signals, QUESTION)
    file.path.write_bytes(damage(file.path.read_bytes()))
    ahead.add(file)
    landed(ahead, paths, "c")
    with ahead.session() as session:
        with pytest.raises(DamagedLandingLoadError, match=r"b\.ndjson\.zst"):
            load_landed(session.con, paths)
        assert session.con.execute(SIGNAL_IDS).fetchall() == [("a",), ("c",)]


@pytest.mark.parametrize("written", [2, 4])
def test_other_lines_than_were_written(ahead: BackgroundLoader, paths: DataPaths, written: int) -> None:
    """Of a file in which DuckDB finds fewer or more lines than were written, nothing is loaded ahead."""
    file = land_file(paths, "a", [raw_signal(f"a{n}", boolean(True)) for n in range(3)], QUESTION)
    ahead.add(replace(file, lines=written))
    with ahead.session() as session:
        assert session.con.execute(SIGNAL_IDS).fetchall() == []
        assert load_landed(session.con, paths).signals_new == 3


def test_what_landed_is_read_as_it_is(paths: DataPaths) -> None:
    """DuckDB reads whole files of this process, as many as make a piece, but none with more or longer lines."""
    line = raw_signal("a", boolean(True), reasoning="x" * 4_000)
    some = [land_file(paths, f"{n}", [line] * 3_500, QUESTION) for n in range(3)]
    much = land_file(paths, "much", [line] * 9_000, QUESTION)
    long = land_file(paths, "long", [raw_signal("a", boolean(True), reasoning="x" * 3_000_000)], QUESTION)
    pieces = list(read_pieces([*some, much, long]))
    assert [[file.name for file in piece.files] for piece in pieces if piece.files] == [
        ["0.ndjson.zst", "1.ndjson.zst"],
        ["2.ndjson.zst"],
    ]
    assert sum(sum(piece.lines.values()) for piece in pieces) == 3 * 3_500 + 9_000 + 1


def test_stopped_in_the_middle(ahead: BackgroundLoader, paths: DataPaths) -> None:
    """After an interruption nobody holds the warehouse, and what was not committed is loaded another time."""
    landed(ahead, paths, "a")
    ahead.close()
    with open_warehouse(paths) as con:
        load_landed(con, paths)
        assert con.execute(SIGNAL_IDS).fetchall() == [("a",)]
