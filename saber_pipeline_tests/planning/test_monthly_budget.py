"""A calendar month's budgets hold, whatever runs beside each other, dies, or loses its replies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.errors import BudgetError
from saber_pipeline.ledger.claims import Candidate, claim
from saber_pipeline.ledger.runs import lease
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.planning.monthly_budget import month_at, read_month
from saber_pipeline.planning.plan import Status
from saber_pipeline.runs.dry_run import plan_only
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.sandbox.sandbox_settings import OutOfCreditsWay
from saber_pipeline_tests.testbed.research_runs import people, research, write_people
from saber_pipeline_tests.testbed.summary_runs import summarise
from saber_pipeline_tests.testbed.world import (
    CLOUD,
    DAY_SECONDS,
    GATED,
    LENIENT,
    SIZE,
    World,
    domains,
    leave_after_the_first_post,
    outcomes,
)

if TYPE_CHECKING:
    from saber_pipeline_tests.testbed.fixtures import StartWorld

SPENDING = 'SELECT day::VARCHAR, "list", question_key, run_id, pairs, credits FROM spending ORDER BY ALL'
TODAY = "2026-09-21"  # of the world's clock, in UTC


def spent(world: World) -> Decimal:
    """What the month's budget has lost, by the ledger."""
    ledger = Ledger.open(world.paths.ledger)
    try:
        with ledger.reading() as connection:
            return read_month(connection, world.settings, now=world.clock.now()).total.spent
    finally:
        ledger.close()


@pytest.mark.parametrize(
    ("moment", "timezone", "since", "until"),
    [
        ("2026-12-31T23:59", "UTC", "2026-12-01T00:00", "2027-01-01T00:00"),
        ("2026-06-30T22:30", "Europe/Berlin", "2026-06-30T22:00", "2026-07-31T22:00"),
        ("2026-03-15T12:00", "America/New_York", "2026-03-01T05:00", "2026-04-01T04:00"),
        ("2026-02-28T18:29", "Asia/Kolkata", "2026-01-31T18:30", "2026-02-28T18:30"),
    ],
)
def test_months(moment: str, timezone: str, since: str, until: str) -> None:
    """A month begins and ends at midnight of its own zone, also where clocks change within it."""
    month = month_at(datetime.fromisoformat(moment).replace(tzinfo=UTC), timezone)
    assert [datetime.fromtimestamp(each, tz=UTC).isoformat()[:16] for each in month[:2]] == [since, until]


def test_a_month(world: World) -> None:
    """What would pass SABER_MONTHLY_CREDITS is refused unspent; the next month buys it."""
    world.settings_changed = {"monthly_credits": 25}
    world.write_list(domains(10))
    world.run(SIZE)
    world.write_list(domains(20))
    with pytest.raises(
        BudgetError,
        match=r"30 credits for 30 pairs, more than the 15 that are left of SABER_MONTHLY_CREDITS = 25 in "
        r"September 2026 \(UTC\): 10 of 25 credits spent\. Nothing was spent",
    ):
        world.run(SIZE, CLOUD)
    assert world.sandbox.books()["remaining_credits"] == 100_000 - 10
    world.run(SIZE)
    assert spent(world) == 20
    world.clock.advance(10 * DAY_SECONDS)
    assert spent(world) == 0
    assert outcomes(world.run(CLOUD)) == {Outcome.ANSWERED: 20}


def test_reserved_by_others(world: World) -> None:
    """What another living run has claimed is taken off the month too; what a dead one had claimed is not."""
    world.settings_changed = {"monthly_credits": 15}
    world.write_list(domains(10))
    ledger = Ledger.open(world.paths.ledger)
    with lease(ledger, "other", lease_seconds=60):
        with ledger.transaction() as connection:
            claim(connection, "other", [Candidate("q", f"s{n}", is_cached=False) for n in range(6)])
        with pytest.raises(BudgetError, match=r"the 9 that are left .* 0 of 15 credits spent, 6 reserved by active"):
            world.run(SIZE)
    ledger.close()
    assert world.run(SIZE).outcomes.totals[Outcome.ANSWERED] == 10


@pytest.mark.slow
def test_a_lost_reply_counts_until_it_is_known(world: World) -> None:
    """A purchase whose reply was lost counts as spent; once it is shown to have had no effect, it does not."""
    world.write_list(domains(10))
    world.fault("reset_before", times=1)
    first = world.run(SIZE, max_wait_minutes=1)
    world.settings_changed = {"monthly_credits": 10}
    assert outcomes(first) == {Outcome.NOT_FINISHED: 10}
    assert spent(world) == 10
    with pytest.raises(BudgetError):
        world.run(CLOUD)
    assert outcomes(world.run(SIZE)) == {Outcome.ANSWERED: 10}
    assert spent(world) == 10


@pytest.mark.parametrize("way", list(OutOfCreditsWay))
@pytest.mark.slow
def test_what_is_refused_is_given_back(start: StartWorld, way: OutOfCreditsWay) -> None:
    """Whether a batch, items of it or signals lack credits: the month loses what was charged, no more."""
    world = start(credits=40, out_of_credits_way=way)
    world.settings_changed = {"max_batch_domains": 10}
    world.write_list(domains(40))
    leave_after_the_first_post(world, remaining=15)
    result = world.run(SIZE)
    answered = result.outcomes.totals[Outcome.ANSWERED]
    assert 0 < answered < 40
    assert spent(world) == answered == 10 + 15 - world.sandbox.books()["remaining_credits"]


@pytest.mark.ledger_in_a_file("each of its two data directories has one")
def test_answers_from_the_cache_cost_nothing(start: StartWorld) -> None:
    """An answer that the API serves from its cache is asked for and paid for by nobody: it is in pairs alone."""
    world = start()
    world.write_list(domains(4))
    world.run(SIZE)
    other = replace(world, data_dir=world.data_dir.with_name("other"))
    other.write_list(domains(6), "targets")
    other.run(SIZE, lists=("targets",), run_id="asking")
    assert other.published(SPENDING) == [(TODAY, "targets", "size", "asking", 6, Decimal(2))]
    assert spent(other) == 2


def test_spending(world: World) -> None:
    """Spending tells day, list, question and run, single creates and forced ones included, and equals the balance."""
    world.questions = (SIZE, LENIENT)
    world.write_list(domains(4), "accounts")
    world.write_list(domains(6), "more")
    world.run(SIZE, LENIENT, lists=("accounts", "more"), run_id="one")
    world.clock.advance(DAY_SECONDS)
    world.purchases_allowed = 2
    world.run(SIZE, lists=("more",), force=True, run_id="two")
    assert world.published(SPENDING) == [
        (TODAY, "accounts", "mood", "one", 4, Decimal(4)),
        (TODAY, "accounts", "size", "one", 4, Decimal(4)),
        (TODAY, "more", "mood", "one", 2, Decimal(2)),
        (TODAY, "more", "size", "one", 2, Decimal(2)),
        ("2026-09-22", "more", "size", "two", 6, Decimal(6)),
    ]
    assert world.ledger_rows("SELECT count(*) FROM pairs") == [(0,)]
    assert sum(row[5] for row in world.published(SPENDING)) == 100_000 - world.sandbox.books()["remaining_credits"]


@pytest.mark.slow
def test_a_question_used_up(world: World) -> None:
    """A question whose own budget does not cover it is held back whole and says so; the others go on."""
    dear = replace(CLOUD, max_credits_per_month=9)
    world.questions = (SIZE, dear)
    world.write_list(domains(10))
    result = world.run(SIZE, dear)
    assert outcomes(result) == {Outcome.ANSWERED: 10, Outcome.HELD_BACK: 10}
    assert result.outcomes.of_question("cloud") == {Outcome.HELD_BACK: 10}
    assert spent(world) == 10
    assert outcomes(world.run(SIZE, dear)) == {Outcome.OWNED: 10, Outcome.HELD_BACK: 10}
    assert world.ledger_rows("SELECT count(*) FROM pairs") == [(0,)]
    world.write_list(domains(9), "fewer")
    assert outcomes(world.run(dear, lists=("fewer",))) == {Outcome.ANSWERED: 9}
    assert outcomes(world.run(replace(dear, key="renamed", max_credits_per_month=9))) == {
        Outcome.OWNED: 9,
        Outcome.HELD_BACK: 1,
    }
    assert outcomes(world.run(replace(dear, text="Which cloud?"))) == {Outcome.HELD_BACK: 10}
    world.clock.advance(10 * DAY_SECONDS)
    assert outcomes(world.run(dear)) == {Outcome.OWNED: 9, Outcome.ANSWERED: 1}


@pytest.mark.slow
def test_account_answers_say_what_a_budget_holds_back(world: World) -> None:
    """What a budget holds back is held back in account_answers too, as long as the budget does not cover it."""
    dear = replace(CLOUD, max_credits_per_month=9)
    world.questions = (SIZE, dear)
    world.write_list(domains(10))
    world.run(SIZE, dear)
    counts = "SELECT question_key, outcome, reason, count(*) FROM account_answers GROUP BY ALL ORDER BY ALL"
    held = ("cloud", "held_back", "the question's budget of the month is used up", 10)
    assert world.published(counts) == [held, ("size", "answered", None, 10)]
    world.run(SIZE)
    assert world.published(counts) == [held, ("size", "answered", None, 10)]
    world.questions = (SIZE, replace(dear, max_credits_per_month=10))
    world.run(SIZE)
    assert world.published(counts) == [("cloud", "not_asked", None, 10), ("size", "answered", None, 10)]


@pytest.mark.slow
def test_account_answers_say_what_is_due_besides(world: World) -> None:
    """Old answers that would be bought again count in what a run holds back, and stay answers."""
    dear = replace(CLOUD, max_credits_per_month=9, max_age_days=5)
    world.questions = (dear,)
    world.write_list(domains(5))
    world.run(dear)
    world.clock.advance(6 * DAY_SECONDS)
    world.write_list(domains(7))
    assert outcomes(world.run(dear)) == {Outcome.HELD_BACK: 7}
    assert world.published("SELECT outcome, count(*) FROM account_answers GROUP BY ALL ORDER BY ALL") == [
        ("answered", 5),
        ("held_back", 2),
    ]


@pytest.mark.slow
def test_a_question_used_up_by_force(world: World) -> None:
    """A forced refresh keeps to the budget, and its answers stay owned; what is held back joins no forced request."""
    mine = replace(SIZE, max_credits_per_month=15)
    world.questions = (mine, CLOUD)
    world.write_list(domains(10))
    world.run(mine)
    world.purchases_allowed = 3
    world.clock.advance(60)
    assert outcomes(world.run(mine, CLOUD, force=True)) == {Outcome.ANSWERED: 10, Outcome.HELD_BACK: 10}
    assert world.ledger_rows("SELECT count(*) FROM pairs") == [(0,)]
    assert outcomes(world.run(mine, CLOUD, force=True)) == {Outcome.ANSWERED: 10, Outcome.HELD_BACK: 10}
    assert spent(world) == 30


def test_the_plan_says_so(world: World) -> None:
    """The dry run shows what is left of the month, which question would be held back, and prices the rest."""
    dear = replace(CLOUD, max_credits_per_month=3)
    world.questions = (SIZE, dear)
    world.settings_changed = {"monthly_credits": 12}
    world.write_list(domains(5))
    world.run(SIZE)
    world.write_list(domains(14))
    dry = plan_only(world.selection((SIZE, dear)), world.settings, new_client=None, clock=world.clock)
    assert dry.cost == 9
    assert dry.plan.totals[Status.HELD_BACK] == 14
    assert "more than the 7 that are left of SABER_MONTHLY_CREDITS = 12" in dry.summary()
    assert "cloud is held back: it would cost 14 credits, more than the 3 that are left" in dry.summary()


def test_the_plan_waits_for_nothing_that_is_held_back(world: World) -> None:
    """What waits for a question that its budget holds back is held back too, and is no part of the price at most."""
    gate = replace(GATED[0], max_credits_per_month=3)
    world.questions = (SIZE, gate, *GATED[1:])
    world.write_list(domains(14))
    dry = plan_only(world.selection(), world.settings, new_client=None, questions=world.questions, clock=world.clock)
    assert dry.cost == dry.cost_at_most == 14
    assert (dry.plan.totals[Status.WAITING], dry.plan.totals[Status.HELD_BACK]) == (0, 3 * 14)
    result = world.run()
    assert outcomes(result) == {Outcome.ANSWERED: 14, Outcome.HELD_BACK: 3 * 14}


@pytest.mark.slow
def test_research_and_summaries_count(start: StartWorld) -> None:
    """Contact research and paid summaries count against the month, and equal what the balance lost."""
    world = start(credits_per_summary=3, credits=1000, summary_seconds=0)
    write_people(world, people(3))
    research(world)
    world.write_list(domains(4))
    world.run(SIZE)
    world.settings_changed = {"monthly_credits": 8}
    with pytest.raises(BudgetError, match="4 credits for 4 summaries, more than the 1 that are left"):
        summarise(world, run_id="refused", request_missing=True)
    write_people(world, people(5))
    with pytest.raises(BudgetError, match="2 credits for the research of 2 people, more than the 1 that are left"):
        research(world)
    world.settings_changed = {"monthly_credits": 11}
    summarise(world, run_id="asking", request_missing=True)
    assert spent(world) == 1000 - world.sandbox.books()["remaining_credits"] == 19
    world.write_list(domains(6))
    world.settings_changed = {"monthly_credits": 24}
    with pytest.raises(BudgetError, match="6 credits for 2 summaries, more than the 5 that are left"):
        summarise(world, run_id="again", request_missing=True)
    assert world.published(
        "SELECT question_key, run_id, sum(pairs), sum(credits) FROM spending GROUP BY ALL ORDER BY 1"
    ) == [
        ("company summary", "asking", 4, 12),
        ("contact research", "run", 3, 3),
        ("size", "run1", 4, 4),
    ]


def test_summaries_that_nobody_is_asked_for_stop_no_run(start: StartWorld) -> None:
    """Companies that had nothing to sum up lately are left alone, so they are not held against the month."""
    world = start(summary_seconds=0)
    world.write_list(domains(3))
    summarise(world, run_id="asking", request_missing=True)
    world.settings_changed = {"monthly_credits": 2}
    before = world.sandbox.books(pairs=False)["requests"]["POST /v1/companies/signals/summaries"]
    summarise(world, run_id="again", request_missing=True)
    assert world.sandbox.books(pairs=False)["requests"]["POST /v1/companies/signals/summaries"] == before == 3
    world.write_list(domains(6))
    with pytest.raises(BudgetError, match="3 credits for 3 summaries, more than the 2 that are left"):
        summarise(world, run_id="new companies", request_missing=True)


@pytest.mark.slow
def test_free_summaries_cost_nothing(start: StartWorld) -> None:
    """Where the balance shows that a summary costs nothing, it takes nothing from the month, now and later."""
    world = start(credits_per_summary=0, summary_seconds=0)
    world.write_list(domains(4))
    world.run(SIZE)
    world.settings_changed = {"monthly_credits": 8}
    summarise(world, run_id="asking", request_missing=True)
    assert spent(world) == 4
    world.write_list(domains(9))
    summarise(world, run_id="again", request_missing=True)
    assert spent(world) == 4
