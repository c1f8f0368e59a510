"""Clocks that are wrong or jump, on either side: nothing is bought twice, and nothing paid for is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from saber_pipeline.runs.dry_run import plan_only
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.world import (
    BATCHES,
    DAY_SECONDS,
    HOUR_SECONDS,
    SIZE,
    InterceptingTransport,
    World,
    domains,
    outcomes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from saber_pipeline_tests.testbed.fixtures import StartWorld

COUNT = 120
"""More than a sync-mode batch takes: the reply names no ids."""

AHEAD = [-40 * DAY_SECONDS, 900.0, 10.0, -900.0, 40 * DAY_SECONDS]


@pytest.fixture
def slow(start: StartWorld) -> World:
    """A world that goes on creating the signals of a batch for seconds after its POST."""
    world = start(creation_spread_seconds=4.0)
    world.write_list(domains(COUNT))
    return world


def lose_first_reply(world: World, then: Callable[[], None]) -> None:
    """The first purchase takes place, its reply is lost, and then something happens to a clock."""
    lost: list[httpx.Request] = []

    def cut(request: httpx.Request) -> None:
        if request.url.path == BATCHES and not lost:
            lost.append(request)
            then()
            raise httpx.ReadError("cut")

    world.transport = lambda: InterceptingTransport(after=cut)


def hold_first_purchase(world: World, then: Callable[[], None]) -> None:
    """A gateway cuts the connection of the first purchase, and hands it on 20 seconds later."""
    held: list[httpx.Request] = []

    def hand_on() -> None:
        httpx.post(held[0].url, content=held[0].content, headers=held[0].headers, trust_env=False).raise_for_status()

    def hold(request: httpx.Request) -> None:
        if request.url.path == BATCHES and not held:
            held.append(request)
            world.clock.after(20.0, hand_on)
            then()
            raise httpx.ReadError("cut")

    world.transport = lambda: InterceptingTransport(before=hold)


@pytest.mark.parametrize("ahead", [900.0, 40 * DAY_SECONDS])
@pytest.mark.slow
def test_a_gateway_ahead_ends_no_wait(slow: World, ahead: float) -> None:
    """A Date that is suddenly ahead does not stand for ten minutes without a trace of a purchase."""
    hold_first_purchase(slow, lambda: slow.effects(date_ahead_seconds=ahead))
    assert outcomes(slow.run(SIZE, force=True)) == {Outcome.ANSWERED: COUNT}
    assert slow.posts() == 1


@pytest.mark.parametrize("jump", [26 * HOUR_SECONDS, -HOUR_SECONDS])
@pytest.mark.slow
def test_an_own_clock_that_jumps_ends_no_wait(slow: World, jump: float) -> None:
    """So it is where the machine's clock is set while a purchase is looked for."""

    def set_clock() -> None:
        slow.clock.wall_ahead_seconds = jump

    hold_first_purchase(slow, set_clock)
    assert outcomes(slow.run(SIZE, force=True)) == {Outcome.ANSWERED: COUNT}
    assert slow.posts() == 1


@pytest.mark.parametrize("without_machine_times", [False, True], ids=["", "an_older_ledger"])
@pytest.mark.slow
def test_the_next_run_waits_too(slow: World, *, without_machine_times: bool) -> None:
    """A purchase that another run lost sight of is not bought again because the gateway's clock is ahead now."""
    slow.fault("reset_before", times=1)
    slow.run(SIZE, max_wait_minutes=0)
    if without_machine_times:
        slow.change_ledger("UPDATE submissions SET machine_intended_at = NULL, machine_unknown_at = NULL")
    slow.effects(date_ahead_seconds=900)
    began = slow.clock.seconds
    assert outcomes(slow.run(SIZE)) == {Outcome.ANSWERED: COUNT}
    assert slow.posts() == 2
    assert slow.clock.seconds - began > 590


@pytest.mark.sweep(keep=2)
@pytest.mark.parametrize("ahead", AHEAD)
@pytest.mark.slow
def test_answers_of_a_forced_purchase(slow: World, ahead: float) -> None:
    """Whatever the Date says, the answers to a forced purchase are recognised, and bought once."""
    slow.run(SIZE)
    slow.clock.advance(HOUR_SECONDS)
    slow.effects(date_ahead_seconds=ahead)
    slow.purchases_allowed = 2
    assert outcomes(slow.run(SIZE, force=True)) == {Outcome.ANSWERED: COUNT}
    assert slow.posts() == 2
    assert slow.published("SELECT count(*), count(DISTINCT signal_id) FROM signals") == [(2 * COUNT, 2 * COUNT)]


@pytest.mark.sweep(keep=2)
@pytest.mark.parametrize("ahead", AHEAD)
@pytest.mark.slow
def test_a_lost_reply_by_a_wrong_date(slow: World, ahead: float) -> None:
    """So they are where the reply was lost, which would have told when the API took it."""
    slow.run(SIZE)
    slow.clock.advance(HOUR_SECONDS)
    slow.effects(date_ahead_seconds=ahead)
    slow.purchases_allowed = 2
    lose_first_reply(slow, lambda: None)
    assert outcomes(slow.run(SIZE, force=True)) == {Outcome.ANSWERED: COUNT}
    assert slow.forced_signals() == COUNT


@pytest.mark.slow
def test_no_clock_is_right(slow: World) -> None:
    """What is newer than all that was known of its pair is not bought again, though both clocks say it is too old."""
    slow.run(SIZE)
    slow.clock.advance(HOUR_SECONDS)
    slow.effects(date_ahead_seconds=120)
    slow.clock.wall_ahead_seconds = 180
    slow.purchases_allowed = 2
    lose_first_reply(slow, lambda: None)
    assert outcomes(slow.run(SIZE, force=True)) == {Outcome.ANSWERED: COUNT}
    assert slow.forced_signals() == COUNT


@pytest.mark.slow
def test_older_refreshes_answer_no_later_one(start: StartWorld) -> None:
    """However far the clocks differ, a signal made before one that is known is never taken for a new one."""
    slow = start(processing_seconds=(60.0, 90.0))
    slow.write_list(domains(COUNT))
    slow.clock.wall_ahead_seconds = -HOUR_SECONDS
    slow.run(SIZE)
    for number in range(2, 5):
        slow.clock.advance(600)
        slow.purchases_allowed = number
        if number == 4:
            lose_first_reply(slow, lambda: None)
        assert outcomes(slow.run(SIZE, force=True)) == {Outcome.ANSWERED: COUNT}
    assert slow.published("SELECT count(*) FROM signals") == [(4 * COUNT,)]
    made = slow.published("SELECT max(created_at) - min(created_at) > INTERVAL 29 MINUTE FROM signals GROUP BY subject")
    assert set(made) == {(True,)}


@pytest.mark.slow
def test_an_api_that_is_behind_owns_its_answers(slow: World) -> None:
    """Answers of an API whose clock is 40 days behind are young by its own clock: the next run buys none again."""
    slow.clock.wall_ahead_seconds = 40 * DAY_SECONDS
    slow.run(SIZE)
    assert outcomes(slow.run(SIZE)) == {Outcome.OWNED: COUNT}
    assert slow.posts() == 1
    plan = plan_only(slow.selection((SIZE,)), slow.settings, new_client=slow.new_client, clock=slow.clock)
    assert plan.cost == 0


@pytest.mark.slow
def test_a_forced_backfill_at_an_api_that_is_behind(slow: World) -> None:
    """Lists that are refreshed together buy a company of both once, though the API's clock is behind the machine's."""
    slow.write_list(domains(COUNT), name="again")
    slow.clock.wall_ahead_seconds = DAY_SECONDS
    began = slow.clock.now()
    slow.run(SIZE, force=True, forced_since=began)
    slow.run(SIZE, force=True, forced_since=began, lists=("again",))
    assert slow.forced_signals() == COUNT


def test_a_date_that_jumps_loses_no_batch(start: StartWorld) -> None:
    """A Date that is suddenly two hours ahead does not make lost what the API has just taken."""
    world = start(creation_spread_seconds=600.0)
    world.write_list(domains(COUNT))
    world.clock.after(2.0, lambda: world.effects(date_ahead_seconds=2 * HOUR_SECONDS))
    assert outcomes(world.run(SIZE)) == {Outcome.ANSWERED: COUNT}
    assert world.posts() == 1
