"""Real processes: killed around a purchase, and two at once."""

from __future__ import annotations

import json
import signal
import time

import pytest

from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.processes import end_of, start_process
from saber_pipeline_tests.testbed.world import World, domains, outcomes

PAIRS = 300


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize(
    ("die_at", "state", "force"),
    [
        ("before POST 2", "intended", True),
        ("after POST 2", "intended", False),
        ("after POST 2", "intended", True),
        ("after GET 6", "accepted", False),
    ],
)
def test_killed(world: World, die_at: str, state: str, *, force: bool) -> None:
    """A run killed around a POST or while collecting is taken up by the next one: nothing is bought twice."""
    world.write_list(domains(PAIRS // 2))
    process = start_process("run_in_a_process", world, die_at=die_at, force=force)
    assert end_of(process)[0] == -signal.SIGKILL
    states = world.ledger_rows("SELECT state FROM submissions")
    assert (state,) in states
    result = world.run(force=force)
    assert set(outcomes(result)) <= {Outcome.ANSWERED, Outcome.OWNED}
    assert len(world.bought()) == PAIRS
    assert sum(world.bought().values()) == PAIRS
    assert world.published("SELECT count(*) FROM latest_answers") == [(PAIRS,)]
    assert world.ledger_rows("SELECT count(*) FROM pairs") == [(0,)]


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize("force", [False, True], ids=["", "forced"])
def test_two_at_once(world: World, *, force: bool) -> None:
    """Two runs at once over one list buy every pair once between them, and both end with full accounts."""
    world.write_list(domains(PAIRS // 2))
    start_at = time.time() + 1.5
    processes = [start_process("run_in_a_process", world, force=force, start_at=start_at) for _ in range(2)]
    ends = [end_of(process) for process in processes]
    assert [code for code, _ in ends] == [0, 0], ends
    results = [json.loads(printed.splitlines()[-1]) for _, printed in ends]
    assert all(result["adds_up"] for result in results)
    assert all(sum(result["totals"].values()) == PAIRS for result in results)
    assert all(set(result["totals"]) <= {"answered", "owned"} for result in results), results
    assert sum(result["bought"] for result in results) == PAIRS
    assert sum(world.bought().values()) == PAIRS
    assert world.published("SELECT count(*) FROM latest_answers") == [(PAIRS,)]
