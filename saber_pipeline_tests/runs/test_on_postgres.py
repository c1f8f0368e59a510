"""Whole runs whose ledger is on Postgres."""

from __future__ import annotations

import shutil
import signal
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.cli.checks.finding import Verdict
from saber_pipeline.cli.checks.storage_check import check_ledger
from saber_pipeline.config.secrets import LedgerAddress
from saber_pipeline.errors import LockLostError, OtherLedgerError
from saber_pipeline.runs import rounds
from saber_pipeline.runs.directory_marks import accept_ledger
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.runs.publication import rebuild_answers
from saber_pipeline.runs.status import read_ledger_status
from saber_pipeline_tests.testbed.processes import end_of, start_process
from saber_pipeline_tests.testbed.world import SIZE, domains, outcomes

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.planning.plan import Plan
    from saber_pipeline.runs.requests import RunResult
    from saber_pipeline_tests.testbed.postgres import PostgresServer
    from saber_pipeline_tests.testbed.world import World


@pytest.fixture
def world_ledger(new_address: LedgerAddress) -> LedgerAddress:
    """Every world here has its ledger in the database."""
    return new_address


@pytest.mark.parametrize(("die_at", "state"), [("after POST 2", "intended"), ("after GET 6", "accepted")])
@pytest.mark.sweep(keep=1)
def test_killed_and_run_again(world: World, die_at: str, state: str) -> None:
    """A run killed after a purchase is taken up by the next one: nothing is bought twice, and all is published."""
    world.write_list(domains(75))
    process = start_process("run_in_a_process", world, die_at=die_at)
    assert end_of(process)[0] == -signal.SIGKILL
    assert (state,) in world.ledger_rows("SELECT state FROM submissions")
    result = world.run()
    assert set(outcomes(result)) <= {Outcome.ANSWERED, Outcome.OWNED}
    assert len(world.bought()) == sum(world.bought().values()) == 150
    assert world.published("SELECT count(*) FROM latest_answers") == [(150,)]
    assert world.ledger_rows("SELECT count(*) FROM pairs") == [(0,)]
    assert not world.paths.ledger_file.parent.exists()


@pytest.mark.slow
def test_another_data_directory(world: World, tmp_path: Path) -> None:
    """A second data directory buys nothing with the ledger of the first, which would no longer know what is owned."""
    world.questions = (SIZE,)
    world.write_list(domains(2))
    world.run()
    posts = world.posts()
    second = replace(world, data_dir=tmp_path / "second")
    second.write_list(domains(3))
    with pytest.raises(OtherLedgerError, match="belongs to another data directory"):
        second.run()
    assert second.posts() == posts
    world.write_list(domains(3))
    world.run()
    assert world.published("SELECT count(*) FROM latest_answers") == [(3,)]


@pytest.mark.slow
def test_the_lock_is_lost_before_the_claim(
    world: World, tmp_path: Path, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that lost the lock after its plan buys nothing: another one may have bought and published it meanwhile."""
    world.questions = (SIZE,)
    world.write_list(domains(2))
    world.run()
    shutil.copytree(world.data_dir, tmp_path / "another machine", symlinks=True)
    other = replace(world, data_dir=tmp_path / "another machine")
    for each in (world, other):
        each.write_list(domains(5))
    say = rounds._log_plan  # noqa: SLF001 - between the plan and the claim
    results: list[RunResult] = []

    def meanwhile(plan: Plan) -> None:
        monkeypatch.setattr(rounds, "_log_plan", say)
        assert postgres_server.end_warehouse_locks() == 1
        buyer = threading.Thread(target=lambda: results.append(other.run()))
        buyer.start()
        buyer.join()
        say(plan)

    monkeypatch.setattr(rounds, "_log_plan", meanwhile)
    posts = world.posts()
    with pytest.raises(LockLostError, match="is not locked for this run any more"):
        world.run()
    assert outcomes(results[0]) == {Outcome.ANSWERED: 3, Outcome.OWNED: 2}
    assert world.posts() == posts + 1


@pytest.mark.slow
def test_the_other_ledger_is_refused(world: World, new_address: LedgerAddress) -> None:
    """Where answers landed with a ledger in a file, a new one in a database buys nothing, and the other way round."""
    world.questions = (SIZE,)
    world.write_list(domains(2))
    world.ledger_address = None
    world.run()
    posts = world.posts()
    world.write_list(domains(3))
    world.ledger_address = new_address
    with pytest.raises(OtherLedgerError, match="accept-ledger"):
        world.run()
    assert world.posts() == posts
    accept_ledger(world.paths)
    rebuild_answers(world.settings, world.questions)
    world.run()
    assert world.published("SELECT count(*) FROM latest_answers") == [(3,)]
    world.write_list(domains(4))
    world.ledger_address = None
    with pytest.raises(OtherLedgerError, match="accept-ledger"):
        world.run()


def test_doctor_names_the_database(world: World) -> None:
    """Doctor says where the ledger is, without a password, and that it does not answer when it does not."""
    clock, found = check_ledger(world.settings, lambda: read_ledger_status(world.settings))
    assert (clock.subject, clock.verdict) == ("clock", Verdict.OK)
    assert (found.verdict, "which answers: nothing was bought yet" in found.found) == (Verdict.OK, True)
    assert str(world.ledger_address) in found.found
    wrong = LedgerAddress("postgresql://someone:hunter2x@127.0.0.1:1/saber")
    elsewhere = replace(world.settings, ledger_url=wrong)
    (found,) = check_ledger(elsewhere, lambda: read_ledger_status(elsewhere))
    assert found.verdict is Verdict.PROBLEM
    assert "hunter2x" not in found.found + found.to_do
    assert "SABER_LEDGER_URL" in found.to_do
