"""Nothing is bought that cannot be paid or was not agreed to; credits that run out stop the buying."""

from __future__ import annotations

from contextlib import ExitStack
from decimal import Decimal

import pytest

from saber_pipeline.errors import BudgetError, NotEnoughCreditsError, OutOfCreditsError
from saber_pipeline.ledger.claims import Candidate, claim, claim_forced
from saber_pipeline.ledger.runs import lease
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.planning.budget import Estimate, check
from saber_pipeline.products.product import COMPANY_ANSWERS, CONTACT_RESEARCH, SUMMARIES, Product
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.sandbox.sandbox_settings import OutOfCreditsWay
from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.world import (
    CLOUD,
    SIZE,
    World,
    domains,
    leave_after_the_first_post,
    outcomes,
)


def test_not_enough(start: StartWorld) -> None:
    """A balance that is too small stops the run unspent, naming what is needed, available and owned."""
    world = start(credits=15)
    world.write_list(domains(5))
    world.run()
    world.write_list(domains(10))
    with pytest.raises(NotEnoughCreditsError, match=r"10 needed for 10 pairs, 5 available; 10 of 20 pairs are owned"):
        world.run()
    assert world.posts() == 1
    assert world.sandbox.books()["remaining_credits"] == 5


@pytest.mark.parametrize(
    ("product", "what", "before", "fewer"),
    [
        (COMPANY_ANSWERS, "3 pairs", "2 signals were", "questions or lists"),
        (CONTACT_RESEARCH, "the research of 3 people", "2 researches were", "lists"),
        (SUMMARIES, "3 summaries", "2 summaries were", "lists"),
    ],
)
def test_a_guard_speaks_of_its_product(product: Product, what: str, before: str, fewer: str) -> None:
    """What limit or balance refuse says what would be bought, what was bought before, and what to select fewer of."""
    estimate = Estimate(3, Decimal(2), 5)
    with pytest.raises(BudgetError) as over:
        check(estimate, product, budget=Decimal(4), limit_name="max_credits", bought=2)
    assert str(over.value) == (
        f"This run would spend 6 credits for {what}, more than the 4 that are left of max_credits. Before that, "
        f"{before} bought. Raise max_credits, or select fewer {fewer}."
    )
    with pytest.raises(BudgetError, match=r"more than max_credits = 5\. Nothing was spent"):
        check(estimate, product, budget=Decimal("5.0"), limit_name="max_credits")
    with pytest.raises(NotEnoughCreditsError) as poor:
        check(estimate, product, budget=None, limit_name="max_credits", owned="1 of 4 pairs are owned already")
    assert str(poor.value) == (
        f"Not enough credits: 6 needed for {what}, 5 available; 1 of 4 pairs are owned already. Nothing was spent. Add "
        f"credits at Saber, or select fewer {fewer}."
    )


def test_exactly_enough(start: StartWorld) -> None:
    """A balance that just covers the run is enough."""
    world = start(credits=10)
    world.write_list(domains(5))
    assert world.run(max_credits=10).outcomes.totals[Outcome.ANSWERED] == 10


def test_budget(world: World) -> None:
    """A run that would cost more than max_credits sends nothing, and says what it would cost."""
    world.write_list(domains(10))
    with pytest.raises(BudgetError, match=r"spend 20 credits for 20 pairs, more than max_credits = 19"):
        world.run(max_credits=19)
    assert world.posts() == 0
    assert world.ledger_rows("SELECT * FROM pairs") == []


def test_reserved_by_others(start: StartWorld) -> None:
    """What another living run has claimed is not available a second time."""
    world = start(credits=15)
    world.write_list(domains(10))
    ledger = Ledger.open(world.paths.ledger)
    with lease(ledger, "other", lease_seconds=60):
        with ledger.transaction() as connection:
            claim(connection, "other", [Candidate("q", f"s{n}", is_cached=False) for n in range(6)])
        with pytest.raises(NotEnoughCreditsError, match=r"9 available \(15 less what other runs have reserved\)"):
            world.run(SIZE)
    ledger.close()
    assert world.posts() == 0
    assert world.run(SIZE).outcomes.totals[Outcome.ANSWERED] == 10


@pytest.mark.sweep(keep=2)
@pytest.mark.parametrize("way", list(OutOfCreditsWay))
@pytest.mark.slow
def test_running_out(start: StartWorld, way: OutOfCreditsWay) -> None:
    """Whatever running out looks like, it stops the buying, and what was bought is collected."""
    world = start(credits=40, out_of_credits_way=way)
    world.settings_changed = {"max_batch_domains": 10}
    world.write_list(domains(40))
    leave_after_the_first_post(world, remaining=15)
    result = world.run(SIZE)
    totals = outcomes(result)
    assert isinstance(result.stopped_by, OutOfCreditsError)
    if way is OutOfCreditsWay.FAIL_LATER:
        refused = {row[0] for row in world.published("SELECT subject FROM signals WHERE status = 'failed'")}
    else:
        refused = {row[0] for row in world.ledger_rows("SELECT subject FROM unserved WHERE kind = 'credits'")}
    answered = {row[0] for row in world.published("SELECT subject FROM questions.size")}
    assert refused.isdisjoint(answered)
    assert refused | answered == set(domains(40))
    assert totals == {Outcome.ANSWERED: len(answered), Outcome.REFUSED: len(refused)}
    assert len(answered) == (20 if way is OutOfCreditsWay.PAYMENT_REQUIRED else 25)
    world.sandbox.set_credits(100)
    world.purchases_allowed += way is OutOfCreditsWay.FAIL_LATER  # the signal that failed was never charged
    assert outcomes(world.run(SIZE)) == {Outcome.OWNED: len(answered), Outcome.ANSWERED: len(refused)}


@pytest.mark.parametrize("force", [False, True], ids=["", "forced"])
def test_budget_of_what_comes_free(world: World, *, force: bool) -> None:
    """Pairs that another run gives back while this one waits are bought only within max_credits."""
    world.write_list(domains(10))
    ledger = Ledger.open(world.paths.ledger)
    with ExitStack() as other:
        other.enter_context(lease(ledger, "other", lease_seconds=60))
        with ledger.transaction() as connection:
            wanted = [Candidate(SIZE.question_id, domain, is_cached=False) for domain in domains(10)]
            (claim_forced if force else claim)(connection, "other", wanted)
        world.clock.after(10, other.close)
        result = world.run(SIZE, force=force, max_credits=9)
    ledger.close()
    assert isinstance(result.stopped_by, BudgetError)
    assert outcomes(result) == {Outcome.NOT_FINISHED: 10}
    assert world.posts() == 0
    assert world.run(SIZE, force=force, max_credits=10).spending.signals_bought == 10


def test_balances(world: World) -> None:
    """The balances before and after a purchase are kept, and their difference is what was spent."""
    world.write_list(domains(10))
    result = world.run(CLOUD)
    assert result.spending.credits_spent == 10
    assert world.published("SELECT remaining_credits FROM credit_balances ORDER BY observed_at") == [
        (100_000,),
        (99_990,),
    ]
