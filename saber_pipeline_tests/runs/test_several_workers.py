"""Several workers over one list, their ledger in a database: some are killed, and the database goes away."""

from __future__ import annotations

import json
import signal
import threading
import time
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.runs import rounds
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.warehouse import session
from saber_pipeline_tests.testbed.processes import end_of, start_process, wait_until_killed
from saber_pipeline_tests.testbed.world import SIZE, InterceptingTransport, World, domains, outcomes

if TYPE_CHECKING:
    import httpx

    from saber_pipeline.config.secrets import LedgerAddress
    from saber_pipeline.planning.plan import Plan
    from saber_pipeline.runs.requests import RunResult
    from saber_pipeline_tests.testbed.postgres import PostgresServer

PAIRS = 120
SECONDS = 240.0
"""Workers wait for each other, so each of them may be as slow as all together."""


@pytest.fixture
def world_ledger(new_address: LedgerAddress) -> LedgerAddress:
    """Every world here has its ledger in the database."""
    return new_address


@pytest.mark.slow
@pytest.mark.parametrize("workers", [3, 8])
def test_some_of_them_are_killed(world: World, workers: int) -> None:
    """Two workers are killed, one right after it has bought: the others buy the rest and tell of all pairs."""
    world.write_list(domains(PAIRS // 2))
    victims = [start_process("run_in_a_process", world, die_at="after POST 1") for _ in range(2)]
    # Not before one of them has bought and died: with other buyers beside them both might find nothing left to buy.
    wait_until_killed(victims, timeout=SECONDS)
    others = [start_process("run_in_a_process", world) for _ in range(workers - 2)]
    for victim in victims:
        assert end_of(victim, timeout=SECONDS)[0] in {-signal.SIGKILL, 0}  # 0: the other one bought all
    ends = [end_of(process, timeout=SECONDS) for process in others]
    assert [code for code, _ in ends] == [0] * (workers - 2), ends
    results = [json.loads(printed.splitlines()[-1]) for _, printed in ends]
    assert all(result["adds_up"] and sum(result["totals"].values()) == PAIRS for result in results)
    assert set(outcomes(world.run())) <= {Outcome.ANSWERED, Outcome.OWNED}
    assert len(world.bought()) == sum(world.bought().values()) == PAIRS
    assert world.published("SELECT count(*) FROM latest_answers") == [(PAIRS,)]
    assert world.ledger_rows("SELECT count(*) FROM pairs") == [(0,)]


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [1.0, 10.0])
def test_the_database_is_away_while_a_run_buys(world: World, postgres_server: PostgresServer, seconds: float) -> None:
    """A database that crashes after a purchase and comes back some time later costs nothing: the run goes on."""
    world.write_list(domains(8))
    crashed = threading.Event()

    def crash(request: httpx.Request) -> None:
        if request.method == "POST" and not crashed.is_set():
            crashed.set()
            postgres_server.stop()
            threading.Timer(seconds, postgres_server.start_again).start()

    world.transport = lambda: InterceptingTransport(after=crash)
    assert outcomes(world.run(SIZE)) == {Outcome.ANSWERED: 8}
    assert crashed.is_set()
    assert len(world.bought()) == sum(world.bought().values()) == 8
    assert world.published("SELECT count(*) FROM latest_answers") == [(8,)]


def test_nobody_gets_between_a_plan_and_its_claim(
    world: World, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where lock files do not reach, as on many network file systems, a second run waits, and owns what was bought."""
    world.questions = (SIZE,)
    world.write_list(domains(5))
    monkeypatch.setattr(session, "locked", lambda _file, **_: nullcontext())
    other = replace(world)
    results: list[RunResult] = []
    buyer = threading.Thread(target=lambda: results.append(other.run(run_id="the other")))
    say = rounds._log_plan  # noqa: SLF001 - between the plan and the claim

    def meanwhile(plan: Plan) -> None:
        monkeypatch.setattr(rounds, "_log_plan", say)
        buyer.start()
        give_up = time.monotonic() + SECONDS
        while buyer.is_alive() and not postgres_server.waits_for_a_warehouse():
            assert time.monotonic() < give_up
        say(plan)

    monkeypatch.setattr(rounds, "_log_plan", meanwhile)
    assert outcomes(world.run()) == {Outcome.ANSWERED: 5}
    buyer.join()
    assert outcomes(results[0]) in ({Outcome.ANSWERED: 5}, {Outcome.OWNED: 5})
    assert world.posts() == 1
