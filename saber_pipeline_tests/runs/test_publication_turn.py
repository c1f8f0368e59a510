"""Runs that finish together: one publishes for all, at most every so many seconds, and none ends before its answers."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.ledger.dialect import clock as ledger_clock
from saber_pipeline.ledger.publications import AT_KEY, DONE_KEY, WANTED_KEY, last_number, note_publication
from saber_pipeline.ledger.store import Ledger, set_value
from saber_pipeline.runs import publication_turn
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.runs.publication import publish_pending
from saber_pipeline.runs.publication_turn import PublicationTurn
from saber_pipeline.store.object_store import ObjectStore
from saber_pipeline.warehouse.shared_versions import SharedVersions
from saber_pipeline_tests.testbed.world import CLOUD, SIZE, ManualClock, World, domains, outcomes

if TYPE_CHECKING:
    from saber_pipeline.config.secrets import LedgerAddress, StoreAddress
    from saber_pipeline.runs.requests import RunResult
    from saber_pipeline_tests.testbed.fixtures import StartWorld

EVERY = 900.0
"""Longer than any test takes by the ledger's own clock, which nothing moves."""
WORKERS = 4


def publish(ledger: Ledger, *, is_new: bool = True, loaded_up_to: int | None = None) -> None:
    """Another run's publication, which has loaded what was landed before these numbers."""
    with ledger.transaction() as connection:
        number = last_number(connection) if loaded_up_to is None else loaded_up_to
        note_publication(connection, number, is_new=is_new)


def test_a_run_waits_for_the_rest(ledger: Ledger) -> None:
    """Without an earlier publication a run publishes at once, and after one when the rest of the time has gone by."""
    clock = ManualClock()
    began = clock.monotonic()
    first = PublicationTurn(ledger, clock, EVERY)
    first.wait()
    assert (clock.monotonic() - began, first.is_due(), first.is_others()) == (0.0, True, False)
    publish(ledger)
    second = PublicationTurn(ledger, clock, EVERY)
    assert not second.is_due()
    second.wait()
    assert (second.is_due(), second.is_others()) == (True, False)
    assert EVERY - 60 < clock.monotonic() - began <= EVERY


def test_only_the_rest_of_the_time_is_waited_for(ledger: Ledger) -> None:
    """The time is reckoned from the publication on, by the ledger's clock, not from the run's end."""
    publish(ledger)
    with ledger.transaction() as connection:
        set_value(connection, AT_KEY, str(ledger_clock(connection) - EVERY / 3))
    clock = ManualClock()
    began = clock.monotonic()
    PublicationTurn(ledger, clock, EVERY).wait()
    assert 2 * EVERY / 3 - 60 < clock.monotonic() - began <= 2 * EVERY / 3


def test_another_run_publishes_meanwhile(ledger: Ledger) -> None:
    """The wait ends once another run has published what this one landed."""
    clock = ManualClock()
    publish(ledger)
    turn = PublicationTurn(ledger, clock, EVERY)
    clock.after(100.0, lambda: publish(ledger))
    began = clock.monotonic()
    turn.wait()
    assert turn.is_others()
    assert 100.0 <= clock.monotonic() - began <= 100.0 + publication_turn.LOOK_SECONDS


def test_another_run_publishes_without_it(ledger: Ledger) -> None:
    """A publication that began to load before this run had landed all is none of its answers: it waits behind that."""
    clock = ManualClock()
    publish(ledger)
    turn = PublicationTurn(ledger, clock, EVERY)
    clock.after(100.0, lambda: publish(ledger, loaded_up_to=0))
    began = clock.monotonic()
    turn.wait()
    assert (turn.is_others(), turn.is_due()) == (False, True)
    assert EVERY < clock.monotonic() - began <= EVERY + 100.0 + publication_turn.LOOK_SECONDS


def test_a_publication_without_news_begins_no_wait(ledger: Ledger) -> None:
    """Where nothing had changed no version was made, and the next run publishes at once."""
    clock = ManualClock()
    publish(ledger, is_new=False)
    assert PublicationTurn(ledger, clock, EVERY).is_due()


def test_without_the_setting_nothing_is_noted(ledger: Ledger) -> None:
    """A run is never told to wait, and the ledger keeps nothing for it."""
    publish(ledger)
    turn = PublicationTurn(ledger, ManualClock(), 0.0)
    turn.wait()
    assert (turn.is_due(), turn.is_others()) == (True, False)
    with ledger.reading() as connection:
        assert last_number(connection) == 0


@pytest.fixture
def machine(start: StartWorld, new_address: LedgerAddress, store_address: StoreAddress) -> World:
    """A machine with a ledger in the database and an object store."""
    return replace(
        start(),
        ledger_address=new_address,
        store_address=store_address,
        settings_changed={"publish_seconds": EVERY},
    )


def versions(world: World) -> int:
    """So many were published."""
    assert world.store_address is not None
    return SharedVersions(ObjectStore(world.store_address)).newest.number


@pytest.mark.slow
@pytest.mark.parametrize(("every_seconds", "made"), [(0.0, WORKERS), (EVERY, 1)])
def test_four_runs_finish_together(
    machine: World, monkeypatch: pytest.MonkeyPatch, every_seconds: float, made: int
) -> None:
    """Four machines end one soon after another: with a wait they make one version for all, and each tells of its pairs.

    Without one each publishes at its end.
    """
    world = machine
    world.settings_changed["publish_seconds"] = every_seconds
    world.write_list(domains(1, start=900), name="before")
    world.run(SIZE, CLOUD, lists=("before",))
    assert versions(world) == 1
    waiting, all_wait, wait = threading.Semaphore(0), threading.Event(), PublicationTurn.wait

    def wait_for_all(turn: PublicationTurn) -> None:
        if not turn.is_due():
            waiting.release()
            all_wait.wait()
        wait(turn)

    monkeypatch.setattr(PublicationTurn, "wait", wait_for_all)
    results: dict[int, RunResult] = {}

    def work(number: int) -> None:
        clock = ManualClock()
        clock.seconds = world.clock.seconds
        folder = world.data_dir.parent / f"machine{number}"
        one = replace(world, data_dir=folder, clock=clock, progress=[], _runs=100 * (number + 1))
        one.write_list(domains(5, start=10 * number), name=f"list{number}")
        results[number] = one.run(lists=(f"list{number}",))
        ((seen,),) = one.published("SELECT count(*) FROM latest_answers WHERE subject IN (SELECT domain FROM domains)")
        assert seen >= 10

    threads = [threading.Thread(target=work, args=(number,)) for number in range(WORKERS)]
    for thread in threads:
        thread.start()
        while thread.is_alive() and not waiting.acquire(timeout=0.05):
            world.clock.advance(1.0)  # the sandbox's
    all_wait.set()
    for thread in threads:
        thread.join()
    assert [outcomes(results[number]) for number in range(WORKERS)] == [{Outcome.ANSWERED: 10}] * WORKERS
    assert versions(world) == 1 + made
    assert sum(result.publication.changed for result in results.values()) == made
    assert {result.publication.number for result in results.values()} == set(range(2, 2 + made))
    assert len(world.bought()) == sum(world.bought().values()) == 2 + 10 * WORKERS
    assert world.ledger_rows("SELECT count(*) FROM pairs") == [(0,)]


@pytest.mark.slow
def test_a_publication_outside_of_runs_counts(machine: World) -> None:
    """Lists that are published, as by an import, take what a waiting run landed with them."""
    machine.write_list(domains(3))
    machine.run(SIZE)

    def publish_a_list() -> None:
        publish_pending(machine.settings, machine.questions)

    machine.clock.after(50.0, publish_a_list)
    began = machine.clock.monotonic()
    machine.write_list(domains(5))
    result = machine.run(SIZE)
    assert outcomes(result) == {Outcome.OWNED: 3, Outcome.ANSWERED: 2}
    assert (versions(machine), result.publication.number) == (2, 2)
    assert machine.clock.monotonic() - began < EVERY / 2
    assert machine.published("SELECT count(*) FROM latest_answers") == [(5,)]
    with closing(Ledger.open(machine.paths.ledger)) as ledger, ledger.reading() as connection:
        assert last_number(connection) == 2
    assert {name for (name,) in machine.ledger_rows("SELECT name FROM facts")} >= {DONE_KEY, WANTED_KEY}
