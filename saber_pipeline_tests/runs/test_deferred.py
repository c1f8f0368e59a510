"""What runs leave to be bought after a top-up."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import httpx
import pytest

from saber_pipeline.errors import BudgetError, NotEnoughCreditsError, OutOfCreditsError
from saber_pipeline.ledger.deferrals import Deferral, clear_deferred, defer, deferrals, mark_launched
from saber_pipeline.runs.credits import affordable
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.sandbox.sandbox_settings import OutOfCreditsWay
from saber_pipeline_tests.testbed.world import (
    SIZE,
    InterceptingTransport,
    World,
    domains,
    leave_after_the_first_post,
    outcomes,
)

if TYPE_CHECKING:
    from saber_pipeline.ledger.store import Ledger
    from saber_pipeline_tests.testbed.fixtures import StartWorld

COLUMNS = "list_name, question_key, force_refresh, credits_needed, max_credits, launched_at"


def waiting(world: World) -> list[tuple[object, ...]]:
    return world.ledger_rows(f"SELECT {COLUMNS} FROM deferred ORDER BY list_name, question_key")  # noqa: S608 - ours


def test_not_enough_is_deferred_until_it_can_be_paid(start: StartWorld) -> None:
    """A refused run leaves a row for each list and question, and the run that can pay takes them away."""
    world = start(credits=5)
    world.write_list(domains(3))
    world.write_list(domains(3, 3), name="others")
    with pytest.raises(NotEnoughCreditsError):
        world.run(lists=("accounts", "others"), force=True, max_credits=20)
    assert waiting(world) == [
        (name, key, 1, 12, 20, None) for name in ("accounts", "others") for key in ("cloud", "size")
    ]
    world.run(SIZE)
    assert [row[:2] for row in waiting(world)] == [("accounts", "cloud"), ("others", "cloud"), ("others", "size")]
    world.sandbox.set_credits(100)
    world.run(lists=("accounts", "others"))
    assert waiting(world) == []


def test_a_later_refusal_takes_the_place_of_an_earlier_one(start: StartWorld) -> None:
    """A list and question wait once, for what the last run needed."""
    world = start(credits=1)
    world.write_list(domains(3))
    for count in (3, 4):
        world.write_list(domains(count))
        with pytest.raises(NotEnoughCreditsError):
            world.run(SIZE)
    assert [row[3] for row in waiting(world)] == [4]


def test_running_out_midway_defers_the_rest(start: StartWorld) -> None:
    """What was refused midway waits for its price, within what the run might still have spent."""
    world = start(credits=40)
    world.settings_changed = {"max_batch_domains": 10}
    world.write_list(domains(40))
    leave_after_the_first_post(world, remaining=15)
    result = world.run(SIZE, max_credits=100)
    assert isinstance(result.stopped_by, OutOfCreditsError)
    refused = 40 - result.spending.signals_bought
    assert waiting(world) == [("accounts", "size", 0, refused, 100 - result.spending.signals_bought, None)]
    world.sandbox.set_credits(refused)
    world.run(SIZE)
    assert waiting(world) == []


@pytest.mark.slow
def test_what_fails_later_for_credits_is_deferred_by_whoever_collects_it(start: StartWorld) -> None:
    """Signals that are accepted and then fail for want of credits wait for their price, also after a collecting run."""
    world = start(credits=5, out_of_credits_way=OutOfCreditsWay.FAIL_LATER)
    world.write_list(domains(8))
    world.settings_changed = {"credits_per_signal": Decimal("0.5")}
    world.run(SIZE, max_wait_minutes=0)
    assert waiting(world) == []
    assert isinstance(world.run(SIZE, collect_only=True).stopped_by, OutOfCreditsError)
    assert [row[:4] for row in waiting(world)] == [("accounts", "size", 0, 2)]
    world.sandbox.set_credits(100)
    world.purchases_allowed = 2  # the failed ones cost nothing, and are asked for once more
    assert outcomes(world.run(SIZE))[Outcome.ANSWERED] == 3
    assert waiting(world) == []


@pytest.mark.parametrize("ahead", [-60, -3600])
@pytest.mark.slow
def test_what_failed_for_credits_is_due_at_once_whatever_the_clocks_say(start: StartWorld, ahead: int) -> None:
    """A clock by which the failure lies in the future holds back nothing: after a top-up the pairs are bought."""
    world = start(credits=5, out_of_credits_way=OutOfCreditsWay.FAIL_LATER)
    world.write_list(domains(8))
    world.settings_changed = {"credits_per_signal": Decimal("0.5")}
    assert isinstance(world.run(SIZE).stopped_by, OutOfCreditsError)
    world.sandbox.set_credits(100)
    world.purchases_allowed = 2  # the failed ones cost nothing
    world.effects(date_ahead_seconds=ahead)
    assert outcomes(world.run(SIZE)) == {Outcome.OWNED: 5, Outcome.ANSWERED: 3}


def test_a_refusal_that_the_balance_does_not_explain_waits_for_a_higher_one(start: StartWorld) -> None:
    """Where the API says that credits are out although there are some, the same balance starts nothing again."""
    world = start(credits=40)
    world.write_list(domains(5))

    refusal = {"type": "PAYMENT_REQUIRED", "code": "PAYMENT_REQUIRED", "message": "no credits"}

    def refuse(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(402, json={"error": refusal}) if request.method == "POST" else None

    world.transport = lambda: InterceptingTransport(before=refuse)
    assert isinstance(world.run(SIZE).stopped_by, OutOfCreditsError)
    assert [row[3] for row in waiting(world)] == [41]


def test_other_ends_defer_nothing(start: StartWorld) -> None:
    """max_credits is the user's own word, and a run that only collects neither defers nor clears."""
    world = start(credits=5)
    world.write_list(domains(10))
    with pytest.raises(BudgetError):
        world.run(SIZE, max_credits=3)
    assert waiting(world) == []
    with pytest.raises(NotEnoughCreditsError):
        world.run(SIZE)
    world.run(SIZE, collect_only=True)
    assert len(waiting(world)) == 1


def test_deferrals_read_back(ledger: Ledger) -> None:
    """Rows of one run come back as one, oldest first, and a launched list waits no more."""
    with ledger.transaction() as connection:
        defer(connection, "first", ["b", "a"], ["k", "j"], force_refresh=True, credits_needed=7, max_credits=9)
        defer(connection, "second", ["c"], ["k"], force_refresh=False, credits_needed=1)
        mark_launched(connection, "first", "a")
        clear_deferred(connection, ["b"], ["j"])
    with ledger.reading() as connection:
        first, second = deferrals(connection)
    assert (first.run_id, first.force_refresh, first.credits_needed, first.max_credits) == ("first", True, 7, 9)
    assert (first.keys_by_list, first.waiting) == ({"a": ("j", "k"), "b": ("k",)}, ("b",))
    assert (second.run_id, second.waiting, second.max_credits) == ("second", ("c",), None)


def test_one_credit_is_promised_once() -> None:
    """Deferrals share the credits oldest first, and one that is too dear does not hold up a cheaper one."""

    def deferral(name: str, needed: int) -> Deferral:
        return Deferral(name, False, needed, None, 0.0, {name: ("k",)}, frozenset())

    waiting = [deferral("a", 5), deferral("b", 8), deferral("c", 7)]
    assert [chosen.run_id for chosen in affordable(waiting, 12)] == ["a", "c"]
    gone = waiting[0].among(["b"], ["k"])
    assert [chosen.run_id for chosen in affordable([gone, *waiting[1:]], 12)] == ["b"]
