"""Machines without a common folder: each its own data directory, one ledger in a database, one object store."""

from __future__ import annotations

import ast
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import saber_pipeline
from saber_pipeline.config.secrets import StoreAddress
from saber_pipeline.errors import LockLostError, ObjectStoreError, OtherLedgerError
from saber_pipeline.runs import directory_marks
from saber_pipeline.runs.exports import export_everything
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.runs.publication import publish_pending, rebuild_answers
from saber_pipeline.store import object_store
from saber_pipeline.store.object_store import ObjectStore
from saber_pipeline.warehouse.session import read_warehouse
from saber_pipeline.warehouse.shared_versions import SharedVersions
from saber_pipeline_tests.testbed.processes import end_of, start_process
from saber_pipeline_tests.testbed.world import CLOUD, SIZE, InterceptingTransport, World, domains, outcomes

if TYPE_CHECKING:
    import httpx

    from saber_pipeline.advisory_lock import WarehouseHold
    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.secrets import LedgerAddress
    from saber_pipeline.store.shared_marks import SharedMarks
    from saber_pipeline_tests.testbed.fixtures import StartWorld
    from saber_pipeline_tests.testbed.object_server import ObjectServer
    from saber_pipeline_tests.testbed.postgres import PostgresServer

ANSWERS = "SELECT subject, question_key, signal_id FROM latest_answers ORDER BY ALL"


@pytest.fixture
def world_ledger(new_address: LedgerAddress) -> LedgerAddress:
    """Every world here has its ledger in the database."""
    return new_address


@pytest.fixture
def here(start: StartWorld, store_address: StoreAddress) -> World:
    """The first machine."""
    world = start()
    world.store_address = store_address
    return world


def another(world: World, name: str = "elsewhere") -> World:
    """Another machine: an empty folder, the same ledger, store, API and questions."""
    return replace(world, data_dir=world.data_dir.parent / name, progress=[], _runs=100)


@pytest.fixture
def elsewhere(here: World) -> World:
    """The second machine."""
    return another(here)


def landed(world: World) -> list[str]:
    """The landed signals that lie on a machine."""
    return sorted(path.name for path in world.paths.landed_signals.glob("*.zst"))


def names(world: World, folder: str) -> list[str]:
    """Objects of the store below ``folder``."""
    assert world.store_address is not None
    return [each.name for each in ObjectStore(world.store_address).list(folder)]


@pytest.mark.slow
def test_nobody_buys_what_another_machine_owns(here: World, elsewhere: World) -> None:
    """The second machine buys nothing that the first one owns, sees all of its answers, and adds its own to them."""
    here.write_list(domains(6))
    assert outcomes(here.run(SIZE)) == {Outcome.ANSWERED: 6}
    elsewhere.write_list(domains(8))
    assert outcomes(elsewhere.run(SIZE)) == {Outcome.OWNED: 6, Outcome.ANSWERED: 2}
    assert len(elsewhere.published(ANSWERS)) == 8
    assert sum(here.bought().values()) == 8
    assert outcomes(here.run(SIZE)) == {Outcome.OWNED: 6}
    assert here.published(ANSWERS) == elsewhere.published(ANSWERS)


@pytest.mark.slow
def test_machines_begin_a_new_store_at_once(here: World, elsewhere: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has found the store empty, and comes second to the ledger, is one of its machines like the first."""
    look = directory_marks.read_shared

    def look_before_the_first_one(paths: DataPaths) -> SharedMarks | None:
        found = look(paths)
        monkeypatch.setattr(directory_marks, "read_shared", look)
        directory_marks.open_to_spend(here.paths).close()
        return found

    monkeypatch.setattr(directory_marks, "read_shared", look_before_the_first_one)
    for machine in (elsewhere, here):
        machine.write_list(domains(2))
    assert outcomes(elsewhere.run(SIZE)) == {Outcome.ANSWERED: 2}
    assert outcomes(here.run(SIZE)) == {Outcome.OWNED: 2}


@pytest.mark.slow
def test_who_only_looks_sees_the_newest(here: World, elsewhere: World) -> None:
    """Reading the warehouse of an empty folder fetches the newest version, and takes nothing from the store."""
    here.write_list(domains(3))
    here.run(SIZE)
    before = names(here, "")
    with read_warehouse(elsewhere.paths) as con:
        assert con is not None
        assert con.execute("SELECT count(*) FROM signals").fetchall() == [(3,)]
    assert elsewhere.published(ANSWERS) == here.published(ANSWERS)
    assert names(here, "") == before


@pytest.mark.slow
def test_a_rebuild_from_the_store(here: World, elsewhere: World) -> None:
    """An empty folder rebuilds everything from the store; what is loaded lies in the store alone, loaded once."""
    here.write_list(domains(5))
    here.run(SIZE)
    here.run(CLOUD)
    here.run(SIZE)
    assert landed(here) == []
    assert len(names(here, "landing/signals")) >= 2
    rebuilt = rebuild_answers(elsewhere.settings, elsewhere.questions)
    assert rebuilt.loaded.signals_new == 10
    assert elsewhere.published(ANSWERS) == here.published(ANSWERS)
    assert elsewhere.published("SELECT count(*) FROM domains") == [(5,)]
    assert outcomes(here.run(SIZE, CLOUD)) == {Outcome.OWNED: 10}
    with read_warehouse(here.paths) as con:
        assert con is not None
        assert con.execute("SELECT count(*), count(DISTINCT signal_id) FROM signals").fetchall() == [(10, 10)]


@pytest.mark.slow
def test_a_machine_that_lost_the_lock_publishes_nothing(
    here: World, elsewhere: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another machine publishes while the first one believes to hold the warehouse: it says so, and nothing is lost."""
    for world in (here, elsewhere):
        world.write_list(domains(4))
    elsewhere.run(SIZE)
    published = SharedVersions.publish

    def publish_late(shared: SharedVersions, version: Path, number: int, hold: WarehouseHold) -> str:
        """The other machine has been given the lock, and publishes the very file that it published before."""
        assert elsewhere.store_address is not None
        other = SharedVersions(ObjectStore(elsewhere.store_address))
        published(other, elsewhere.paths.answers_file.resolve(), other.take(1), hold)
        return published(shared, version, number, hold)

    monkeypatch.setattr(SharedVersions, "publish", publish_late)
    with pytest.raises(LockLostError, match="Another run has published answers since this one"):
        here.run(CLOUD)
    monkeypatch.undo()
    assert here.published("SELECT count(*) FROM signals") == [(4,)]
    assert outcomes(elsewhere.run(CLOUD)) == {Outcome.OWNED: 4}
    assert outcomes(here.run(SIZE, CLOUD)) == {Outcome.OWNED: 8}
    assert here.published(ANSWERS) == elsewhere.published(ANSWERS)
    assert sum(here.bought().values()) == 8


@pytest.mark.slow
def test_a_machine_dies_after_its_purchase(here: World, elsewhere: World) -> None:
    """What a machine bought before it died is collected by another one from an empty folder, and not bought again."""
    here.write_list(domains(75))
    elsewhere.write_list(domains(75))
    assert end_of(start_process("run_in_a_process", here, die_at="after POST 2"))[0] == -signal.SIGKILL
    result = elsewhere.run()
    assert set(outcomes(result)) <= {Outcome.ANSWERED, Outcome.OWNED}
    assert len(here.bought()) == sum(here.bought().values()) == 150
    assert elsewhere.published("SELECT count(*) FROM latest_answers") == [(150,)]
    assert here.ledger_rows("SELECT count(*) FROM pairs") == [(0,)]


@pytest.mark.slow
def test_the_store_is_away_for_a_moment(here: World, object_server: ObjectServer) -> None:
    """A store that crashes after a purchase and is back a moment later costs nothing: the run goes on."""
    here.write_list(domains(4))
    crashed = threading.Event()

    def crash(request: httpx.Request) -> None:
        if request.method == "POST" and not crashed.is_set():
            crashed.set()
            object_server.stop()
            threading.Timer(1.0, object_server.start).start()

    here.transport = lambda: InterceptingTransport(after=crash)
    assert outcomes(here.run(SIZE)) == {Outcome.ANSWERED: 4}
    assert crashed.is_set()
    assert here.published("SELECT count(*) FROM latest_answers") == [(4,)]


@pytest.mark.slow
def test_the_store_stays_away(here: World, object_server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run ends as one error that says what to do; the same run collects what it bought for nothing."""
    monkeypatch.setattr(object_store, "PATIENCE_SECONDS", 0.5)
    here.write_list(domains(4))

    def crash(request: httpx.Request) -> None:
        if request.method == "POST":
            object_server.stop()

    here.transport = lambda: InterceptingTransport(after=crash)
    try:
        with pytest.raises(ObjectStoreError, match=r"The object store s3://.* does not respond as it should") as caught:
            here.run(SIZE)
    finally:
        object_server.start()
    assert "SABER_STORE_URL" in str(caught.value)
    assert "guards_nothing" not in str(caught.value)
    monkeypatch.undo()
    here.transport = None
    assert outcomes(here.run(SIZE)) == {Outcome.ANSWERED: 4}
    assert sum(here.bought().values()) == 4


def test_a_store_that_cannot_be_used(here: World) -> None:
    """A bucket that is not there, or a login that is wrong, stops a run before it buys anything."""
    here.write_list(domains(2))
    assert here.store_address is not None
    wrong = StoreAddress(here.store_address.reveal(), here.store_address.options | {"AWS_SECRET_ACCESS_KEY": "wrong"})
    with pytest.raises(ObjectStoreError, match="does not respond as it should"):
        replace(here, store_address=wrong).run(SIZE)
    assert here.posts() == 0


@pytest.mark.slow
def test_another_ledger(here: World, elsewhere: World, postgres_server: PostgresServer) -> None:
    """A new, empty ledger beside a store with answers is refused by a machine that has never seen either."""
    here.write_list(domains(2))
    here.run(SIZE)
    posts = here.posts()
    elsewhere.write_list(domains(2))
    with pytest.raises(OtherLedgerError, match="was lost"):
        replace(elsewhere, ledger_address=postgres_server.new_schema()).run(SIZE)
    assert here.posts() == posts


@pytest.mark.slow
def test_a_folder_that_was_used_before_there_was_a_store(here: World, elsewhere: World) -> None:
    """What it landed goes into the store, and another machine has all of its answers."""
    here.write_list(domains(3))
    replace(here, store_address=None).run(SIZE)
    assert outcomes(here.run(SIZE)) == {Outcome.OWNED: 3}
    rebuild_answers(elsewhere.settings, elsewhere.questions)
    assert elsewhere.published(ANSWERS) == here.published(ANSWERS)
    assert len(elsewhere.published(ANSWERS)) == 3


@pytest.mark.slow
def test_a_machine_that_is_too_early(here: World, elsewhere: World) -> None:
    """A new machine is refused until the folder that was used before is in the store, and spoils nothing for it."""
    here.write_list(domains(3))
    elsewhere.write_list(domains(3))
    replace(here, store_address=None).run(SIZE)
    with pytest.raises(OtherLedgerError, match="belongs to another data directory"):
        elsewhere.run(SIZE)
    assert outcomes(here.run(SIZE)) == {Outcome.OWNED: 3}
    assert outcomes(elsewhere.run(SIZE)) == {Outcome.OWNED: 3}
    assert sum(here.bought().values()) == 3


@pytest.mark.slow
def test_lists_may_be_published_before_the_first_run(here: World) -> None:
    """A mark of a ledger that no run has used is none: the first run is not refused for it."""
    here.write_list(domains(2))
    publish_pending(here.settings, here.questions)
    assert outcomes(here.run(SIZE)) == {Outcome.ANSWERED: 2}


@pytest.mark.slow
def test_exports_are_in_the_store(here: World, elsewhere: World) -> None:
    """So are the changes since the last export, whichever machine made it."""
    for world in (here, elsewhere):
        world.write_list(domains(3))
    here.run(SIZE)
    assert export_everything(here.paths, "accounts", [SIZE], [".csv"])[1].rows == 3
    assert {"exports/accounts.csv", "exports/accounts.changes.csv"} <= set(names(here, "exports"))
    assert export_everything(elsewhere.paths, "accounts", [SIZE], [".csv"])[1].rows == 0
    elsewhere.run(SIZE, CLOUD)
    assert export_everything(here.paths, "accounts", [SIZE, CLOUD], [".csv"])[1].rows == 3


def test_every_landing_writer_knows_the_store() -> None:
    """What is landed without being told of the store would be on one machine alone."""
    calls = [
        node
        for file in Path(saber_pipeline.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "LandingWriter"
    ]
    assert len(calls) >= 6
    assert all("store" in [keyword.arg for keyword in call.keywords] for call in calls)


def test_without_a_store_nothing_of_it_is_imported() -> None:
    """Who has set none pays nothing for it."""
    code = (
        "import sys, saber_pipeline.definitions, saber_pipeline.cli.entry, saber_pipeline.runs.answers; "
        "print([name for name in sys.modules if name.startswith(('obstore', 'saber_pipeline.store.'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
