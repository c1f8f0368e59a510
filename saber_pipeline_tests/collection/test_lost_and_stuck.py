"""The life of a pair in flight ends by rule: lost, stuck, or failed without a time."""

from __future__ import annotations

from typing import Any

import pytest

from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.rewriting_transport import RewritingTransport
from saber_pipeline_tests.testbed.world import HOUR_SECONDS, SIZE, World, domains, outcomes


def test_lost_members(world: World) -> None:
    """Members of a batch that no listing shows are reported after an hour, and due again in the next run."""
    world.write_list(domains(150))
    world.effects(lost_member_share=0.1)
    began = world.clock.seconds
    result = world.run(SIZE)
    lost = 150 - len(world.bought())
    assert 0 < lost < 75
    assert outcomes(result) == {Outcome.ANSWERED: 150 - lost, Outcome.NOT_FINISHED: lost}
    assert world.clock.seconds - began < 1.5 * HOUR_SECONDS
    assert world.published("SELECT state FROM batches") == [("lost",)]
    world.heal()
    assert outcomes(world.run(SIZE)) == {Outcome.OWNED: 150 - lost, Outcome.ANSWERED: lost}


@pytest.mark.slow
def test_stuck(start: StartWorld) -> None:
    """A signal that still processes after 24 hours counts as failed, also when nobody was looking meanwhile."""
    world = start()
    world.effects(stuck_share=0.2)
    world.write_list(domains(120))
    first = world.run(SIZE, max_wait_minutes=30)
    stuck = outcomes(first)[Outcome.NOT_FINISHED]
    assert 0 < stuck < 60
    world.clock.advance(24 * HOUR_SECONDS)
    second = world.run(SIZE)
    assert outcomes(second) == {Outcome.OWNED: 120 - stuck, Outcome.FAILED: stuck}
    assert world.run(SIZE).requests == {}


@pytest.mark.parametrize("state", ["cancelled", None])
@pytest.mark.slow
def test_a_state_that_no_version_knows(world: World, state: str | None) -> None:
    """A signal that is in such a state after a day counts as failed as well, and is tried again as failures are."""
    world.write_list(domains(4))

    def rewrite(signal: dict[str, Any]) -> None:
        if signal.get("domain") == "company00002.com" and "status" in signal:
            signal["status"] = state

    world.transport = lambda: RewritingTransport(rewrite)
    assert outcomes(world.run(SIZE, max_wait_minutes=5)) == {Outcome.ANSWERED: 3, Outcome.NOT_FINISHED: 1}
    shown = "SELECT outcome FROM account_answers WHERE domain = 'company00002.com' AND question_key = 'size'"
    assert world.published(shown) == [("not_finished",)]
    world.clock.advance(25 * HOUR_SECONDS)
    expected = {Outcome.OWNED: 3, Outcome.FAILED: 1}
    assert outcomes(world.run(SIZE)) == outcomes(world.run(SIZE)) == expected
    assert world.published(shown) == [("not_finished",)]
    assert world.posts() == 1
    world.clock.advance(25 * HOUR_SECONDS)
    world.transport, world.purchases_allowed = None, 2
    assert outcomes(world.run(SIZE)) == {Outcome.OWNED: 3, Outcome.ANSWERED: 1}


@pytest.mark.slow
def test_lost_and_stuck(world: World) -> None:
    """That some members of a batch were lost does not keep the others of it from ending."""
    world.effects(lost_member_share=0.1, stuck_share=0.2)
    world.write_list(domains(120))
    first = world.run(SIZE, max_wait_minutes=90)
    lost = 120 - len(world.bought())
    assert lost
    answered = outcomes(first)[Outcome.ANSWERED]
    stuck = 120 - lost - answered
    assert stuck
    world.heal()
    world.clock.advance(24 * HOUR_SECONDS)
    second = world.run(SIZE)
    assert outcomes(second) == {Outcome.OWNED: answered, Outcome.FAILED: stuck, Outcome.ANSWERED: lost}


def test_the_last_ones_fail_beside_what_never_ends(start: StartWorld) -> None:
    """Failed signals end a run although others of the account go on processing, and seem to be those awaited."""
    world = start()
    world.effects(stuck_share=1.0)
    world.write_list(domains(8, start=100), name="others")
    world.run(SIZE, lists=("others",), max_wait_minutes=0)
    world.effects(failed_share=1.0)
    world.write_list(domains(3))
    assert outcomes(world.run(SIZE)) == {Outcome.FAILED: 3}


def test_failed_signals(start: StartWorld) -> None:
    """Failed signals, which carry no time of completion, are found without waiting for anything else."""
    world = start(failed_share=0.5)
    world.write_list(domains(150))
    began = world.clock.seconds
    totals = outcomes(world.run(SIZE))
    assert totals[Outcome.ANSWERED] + totals[Outcome.FAILED] == 150
    assert totals[Outcome.FAILED] > 40
    assert world.clock.seconds - began < 60


def test_collect_only(world: World) -> None:
    """A run that only collects buys nothing, and counts only what was in flight: nobody asked it for the others."""
    world.write_list(domains(10))
    world.run(SIZE, max_wait_minutes=0)
    world.write_list(domains(15))
    result = world.run(SIZE, collect_only=True)
    assert outcomes(result) == {Outcome.ANSWERED: 10}
    assert result.outcomes.asked == 10
    assert {progress.total for progress in world.progress[-1:]} == {10}
    assert world.posts() == 1
