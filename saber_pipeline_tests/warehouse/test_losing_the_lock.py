"""A warehouse that is locked on several machines: who loses the database has lost the lock, and stops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.errors import LockLostError
from saber_pipeline.warehouse import background_loader, publish, rebuild
from saber_pipeline.warehouse.background_loader import BackgroundLoader
from saber_pipeline.warehouse.file_copy import copy_file
from saber_pipeline.warehouse.landed_records import RecordKind, land_records
from saber_pipeline.warehouse.load import load_landed
from saber_pipeline.warehouse.session import WarehouseSession, warehouse_session
from saber_pipeline.warehouse.views import apply_questions
from saber_pipeline_tests.warehouse.signals import boolean, land_file, raw_signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from saber_pipeline.config.secrets import LedgerAddress
    from saber_pipeline.warehouse.landing import LandedFile
    from saber_pipeline_tests.testbed.postgres import PostgresServer

QUESTION = Question("q", "?", AnswerType.BOOLEAN)
SIGNAL_IDS = "SELECT signal_id FROM signals ORDER BY ALL"


@pytest.fixture
def paths(tmp_path: Path, new_address: LedgerAddress) -> DataPaths:
    """An empty data directory whose ledger is in a database."""
    return DataPaths(tmp_path / "data", new_address)


@pytest.fixture(params=["connection ended", "server crashed"])
def lose(request: pytest.FixtureRequest, postgres_server: PostgresServer) -> Iterator[Callable[[], None]]:
    """Take the lock away from whoever has it."""

    def take_it_away() -> None:
        if request.param == "connection ended":
            assert postgres_server.end_warehouse_locks() == 1
        else:
            postgres_server.stop()
            postgres_server.start()

    yield take_it_away
    postgres_server.start_again()


def land_one(paths: DataPaths, name: str) -> LandedFile:
    """One signal in a file of its own."""
    return land_file(paths, name, [raw_signal(name, boolean(True))], QUESTION)


def load(session: WarehouseSession) -> int:
    """Load what landed; how many signals are new."""
    apply_questions(session.con, [QUESTION])
    return load_landed(session.con, session.paths, session.hold).signals_new


def published(paths: DataPaths) -> list[tuple[Any, ...]]:
    """The signals that analysts see."""
    with duckdb.connect(str(paths.answers_file.resolve()), read_only=True) as con:
        return con.execute(SIGNAL_IDS).fetchall()


def load_and_publish(paths: DataPaths) -> None:
    """A session of its own."""
    with warehouse_session(paths) as session:
        load(session)
        publish.publish(session)


def test_nothing_is_published_without_the_lock(paths: DataPaths, tmp_path: Path, lose: Callable[[], None]) -> None:
    """Another run may take the lock at once; who lost it says so, publishes nothing and leaves the file as it is."""
    land_one(paths, "a")

    def lose_it_midway() -> None:
        with warehouse_session(paths) as session:
            assert load(session) == 1
            assert session.hold.is_held
            lose()
            with warehouse_session(DataPaths(tmp_path / "another machine", paths.ledger_address)) as other:
                assert other.hold.is_held
                publish.publish(session)

    said = r"^The warehouse is not locked for this run any more.*run the same again\.$"
    with pytest.raises(LockLostError, match=said):
        lose_it_midway()
    assert not paths.answers_file.exists()
    assert paths.warehouse_file.with_name("warehouse.duckdb.wal").exists()  # nothing was written into the file itself
    with warehouse_session(paths) as session:
        assert publish.publish(session).changed
    assert published(paths) == [("a",)]


@pytest.mark.parametrize("lose", ["connection ended"], indirect=True)
@pytest.mark.parametrize("kind", ["signals", "records"])
def test_nothing_is_loaded_without_the_lock(paths: DataPaths, lose: Callable[[], None], kind: str) -> None:
    """What was loaded before stays, and what comes after waits for a session that has the lock."""
    land_one(paths, "a")
    loaded = "SELECT count(*) FROM internal.landed_files"
    with warehouse_session(paths) as session:
        load(session)
        lose()
        if kind == "signals":
            land_one(paths, "b")
        else:
            land_records(paths, RecordKind.SUMMARIES, [({}, b"{}")], run_id="run")
        for _ in range(2):
            with pytest.raises(LockLostError):
                load(session)
        assert session.con.execute(loaded).fetchall() == [(1,)]
    with warehouse_session(paths) as session:
        load(session)
        assert session.con.execute(loaded).fetchall() == [(2,)]


@pytest.mark.parametrize("lose", ["connection ended"], indirect=True)
def test_the_lock_is_lost_during_the_copy(
    paths: DataPaths, lose: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy of what another run may have been writing meanwhile is thrown away; the version before stays."""
    land_one(paths, "a")
    load_and_publish(paths)
    land_one(paths, "b")

    def copy_and_lose(*files: Any, **options: Any) -> None:
        copy_file(*files, **options)
        lose()

    with monkeypatch.context() as changed:
        changed.setattr(publish, "copy_file", copy_and_lose)
        with pytest.raises(LockLostError):
            load_and_publish(paths)
    assert published(paths) == [("a",)]
    assert sorted(path.name for path in paths.versions.iterdir()) == ["1.duckdb", "published.json"]
    load_and_publish(paths)
    assert published(paths) == [("a",), ("b",)]


@pytest.mark.parametrize("lose", ["connection ended"], indirect=True)
def test_the_lock_is_lost_during_a_rebuild(
    paths: DataPaths, lose: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The warehouse that is there stays."""
    land_one(paths, "a")
    with warehouse_session(paths) as session:
        load(session)
    before = paths.warehouse_file.stat().st_ino
    monkeypatch.setattr(rebuild, "replace_rows", lambda _con, table, _rows: lose() if table == "batches" else None)
    with pytest.raises(LockLostError):
        rebuild.rebuild(paths, [QUESTION])
    assert paths.warehouse_file.stat().st_ino == before
    assert not list(paths.warehouse_folder.glob("rebuilt*"))


def test_loading_ahead_takes_the_lock_again(
    paths: DataPaths, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who loses the lock while loading ahead loads nothing more; the run itself takes it anew and has everything."""
    monkeypatch.setattr(background_loader, "START_BYTES", 1)
    monkeypatch.setattr(background_loader, "IDLE_SECONDS", 60)
    ahead = BackgroundLoader(paths, [QUESTION], memory_limit="200MB")
    ahead.add(land_one(paths, "a"))
    while not postgres_server.end_warehouse_locks():
        assert ahead.is_loading
    for name in ("b", "c", "d", "e", "f"):
        ahead.add(land_one(paths, name))
    with ahead.session() as session:
        load(session)
        publish.publish(session)
        assert postgres_server.end_warehouse_locks() == 1  # it had one, until now
    ahead.close()
    assert published(paths) == [(name,) for name in "abcdef"]
