"""A limit holds although the configured price is not the real one, and other runs' spending stops nobody."""

from __future__ import annotations

import threading
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import httpx
import pytest

from saber_pipeline.errors import CostsMoreError
from saber_pipeline.purchasing.chunks import Chunk
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.runs.research.research_run_request import ResearchOutcome
from saber_pipeline_tests.testbed import research_runs
from saber_pipeline_tests.testbed.world import (
    CLOUD,
    LENIENT,
    ROLE,
    SIZE,
    InterceptingTransport,
    World,
    domains,
    outcomes,
    people,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from saber_pipeline.config.questions.question import Question
    from saber_pipeline_tests.testbed.fixtures import StartWorld

CREDITS = 100_000
COUNT = 120


def spent(world: World) -> int:
    return CREDITS - int(world.sandbox.books(pairs=False)["remaining_credits"])


def requests(world: World, name: str) -> int:
    made: dict[str, int] = world.sandbox.books(pairs=False)["requests"]
    return made.get(name, 0)


def fill_lists(world: World, question: Question, count: int = COUNT) -> None:
    world.questions = (question,)
    if question is ROLE:
        world.write_list(people(count), kind=world.selection((ROLE,)).kind)
    else:
        world.write_list(domains(count))


def after_posts(world: World, happen: Callable[[int], None]) -> None:
    """``happen`` is called after each purchase, with its number from 1."""
    sold: list[httpx.Request] = []

    def note(request: httpx.Request) -> None:
        if request.method == "POST":
            sold.append(request)
            happen(len(sold))

    world.transport = lambda: InterceptingTransport(after=note)


def take_credits(world: World, credits_taken: int) -> None:
    """Somebody else spends; a negative number is a top-up."""
    left = int(world.sandbox.books(pairs=False)["remaining_credits"])
    world.sandbox.set_credits(left - credits_taken)


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize("real_price", [2, 5, 20])
@pytest.mark.parametrize("question", [SIZE, LENIENT, ROLE], ids=["batches", "single creates", "contacts"])
def test_a_limit_holds_at_another_price(start: StartWorld, question: Question, real_price: int) -> None:
    """A run with a limit stops before it passes it, whatever a signal really costs, and says what to do."""
    world = start(credits_per_signal=real_price)
    fill_lists(world, question)
    result = world.run(question, max_credits=COUNT)
    assert isinstance(result.stopped_by, CostsMoreError)
    assert f"set SABER_CREDITS_PER_SIGNAL to {real_price}" in str(result.stopped_by)
    assert 0 < spent(world) <= COUNT
    bought = spent(world) // real_price
    assert outcomes(result) == {Outcome.ANSWERED: bought, Outcome.NOT_FINISHED: COUNT - bought}
    world.settings_changed["credits_per_signal"] = Decimal(real_price)
    assert world.run(question, max_credits=COUNT * real_price).stopped_by is None
    assert spent(world) == COUNT * real_price


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize("limit", [2, 3, 7, 23])
def test_small_limits_hold(start: StartWorld, limit: int) -> None:
    """So it does where the limit covers only a few signals."""
    world = start(credits_per_signal=2)
    world.write_list(domains(limit))
    assert isinstance(world.run(SIZE, max_credits=limit).stopped_by, CostsMoreError)
    assert 0 < spent(world) <= limit


def test_a_higher_price_that_the_limit_covers(start: StartWorld) -> None:
    """A signal that costs more than configured stops nothing while the limit covers all of them."""
    world = start(credits_per_signal=2)
    world.write_list(domains(COUNT))
    assert world.run(SIZE, max_credits=2 * COUNT).stopped_by is None
    assert spent(world) == 2 * COUNT


def test_the_price_is_as_configured(world: World) -> None:
    """At the configured price everything is bought by one small purchase and the rest, and both are compared."""
    world.write_list(domains(COUNT))
    assert outcomes(world.run(SIZE, max_credits=COUNT)) == {Outcome.ANSWERED: COUNT}
    assert (spent(world), world.posts()) == (COUNT, 2)


@pytest.mark.parametrize("monthly", [COUNT, COUNT + 30])
@pytest.mark.slow
def test_the_budget_of_the_month_holds_too(start: StartWorld, monthly: int) -> None:
    """Without max_credits, or with a larger one, a run stops before it passes what is left of the month."""
    world = start(credits_per_signal=2)
    world.settings_changed = {"monthly_credits": monthly}
    world.write_list(domains(COUNT))
    result = world.run(SIZE, max_credits=1_000 if monthly > COUNT else None)
    assert isinstance(result.stopped_by, CostsMoreError)
    assert f"the {monthly} credits left of SABER_MONTHLY_CREDITS = {monthly}" in str(result.stopped_by)
    assert 0 < spent(world) <= monthly


def test_research_keeps_the_budget_of_the_month(start: StartWorld) -> None:
    """So does contact research."""
    world = start(credits_per_signal=2)
    world.settings_changed = {"monthly_credits": 40}
    research_runs.write_people(world, research_runs.people(40))
    assert isinstance(research_runs.research(world).stopped_by, CostsMoreError)
    assert 0 < spent(world) <= 40


def test_without_a_limit_nothing_stops(start: StartWorld) -> None:
    """A run without a limit buys all at once, reads the balance before and after only, and knows what it cost."""
    world = start(credits_per_signal=2)
    world.write_list(domains(COUNT))
    result = world.run(SIZE)
    assert result.stopped_by is None
    assert (world.posts(), requests(world, "GET /v1/credits")) == (1, 2)
    assert (result.spending.price_seen, result.spending.credits_beyond_price) == (Decimal(2), Decimal(COUNT))


@pytest.mark.parametrize("real_price", [1, 2])
def test_without_a_limit_a_higher_price_is_told(
    start: StartWorld, caplog: pytest.LogCaptureFixture, real_price: int
) -> None:
    """Between batches a run without a limit says once that the balance falls by more than agreed, and goes on."""
    world = start(credits_per_signal=real_price)
    world.settings_changed = {"max_batch_domains": 101}
    world.write_list(domains(404))
    assert outcomes(world.run(SIZE)) == {Outcome.ANSWERED: 404}
    told = [line for line in caplog.messages if "has fallen by" in line]
    assert len(told) == (real_price > 1)
    assert "by 202 credits, and the 101 signals bought so far cost 101" in "".join(told) or real_price == 1
    assert spent(world) == 404 * real_price


@pytest.mark.slow
def test_research_keeps_its_limit(start: StartWorld) -> None:
    """Contact research stops likewise, having bought nobody twice."""
    world = start(credits_per_signal=2)
    research_runs.write_people(world, research_runs.people(40))
    result = research_runs.research(world, max_credits=40)
    assert isinstance(result.stopped_by, CostsMoreError)
    assert "researches" in str(result.stopped_by)
    assert 0 < spent(world) <= 40
    world.settings_changed["credits_per_signal"] = Decimal(2)
    assert research_runs.research(world, max_credits=80).stopped_by is None
    assert spent(world) == 80


@pytest.mark.slow
def test_somebody_else_spends_once(world: World) -> None:
    """What somebody else takes at one moment stops nothing: the next small purchase shows what the price is."""
    world.write_list(domains(COUNT))
    after_posts(world, lambda number: take_credits(world, 500 if number == 1 else 0))
    assert outcomes(world.run(SIZE, max_credits=600)) == {Outcome.ANSWERED: COUNT}
    assert outcomes(world.run(CLOUD, max_credits=COUNT)) == {Outcome.ANSWERED: COUNT}


def test_somebody_else_spends_all_the_time(world: World) -> None:
    """Where the balance goes on falling by more than agreed, nobody can tell whose it is, and the limit counts."""
    world.write_list(domains(COUNT))
    after_posts(world, lambda _number: take_credits(world, 30))
    result = world.run(SIZE, max_credits=COUNT)
    assert isinstance(result.stopped_by, CostsMoreError)
    assert "if somebody else spent" in str(result.stopped_by)
    assert sum(world.bought().values()) < COUNT / 4


@pytest.mark.slow
def test_runs_beside_it_explain_the_balance(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """What other runs of this data directory buy meanwhile is theirs: it stops nobody, and nobody is warned."""
    world.write_list(domains(COUNT))
    world.write_list(domains(40, start=500), name="others")
    world.write_list(domains(40, start=600), name="more")
    beside = replace(world, transport=None)

    def buy_beside(number: int) -> None:
        if number <= 2:
            name = "others" if number == 1 else "more"
            other = threading.Thread(target=lambda: beside.run(CLOUD, lists=(name,), run_id=name))
            other.start()
            other.join()

    after_posts(world, buy_beside)
    result = world.run(SIZE, max_credits=COUNT)
    assert outcomes(result) == {Outcome.ANSWERED: COUNT}
    assert spent(world) == COUNT + 80
    assert "The balance fell by" not in caplog.text
    assert (result.spending.price_seen, result.spending.credits_beyond_price) == (Decimal(1), Decimal(0))


@pytest.mark.slow
def test_runs_beside_research_explain_the_balance(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Contact research likewise: what a run of answers buys beside it is that run's."""
    research_runs.write_people(world, research_runs.people(6))
    world.write_list(domains(40))
    beside = replace(world, transport=None)

    def buy_beside(number: int) -> None:
        if number == 1:
            other = threading.Thread(target=lambda: beside.run(CLOUD, run_id="others"))
            other.start()
            other.join()

    after_posts(world, buy_beside)
    result = research_runs.research(world)
    assert research_runs.outcomes(result) == {ResearchOutcome.RESEARCHED: 6}
    assert result.spending.credits_spent == 46
    assert "The balance fell by" not in caplog.text


@pytest.mark.slow
def test_a_run_beside_it_is_charged_late(world: World) -> None:
    """What another run has written down and not been charged for yet stops nobody when it is charged."""
    world.write_list(domains(COUNT))
    world.write_list(domains(40, start=500), name="others")
    beside = replace(world, transport=None)

    def buy_beside(number: int) -> None:
        if number == 1:
            other = threading.Thread(target=lambda: beside.run(CLOUD, lists=("others",), run_id="others"))
            other.start()
            other.join()
            take_credits(world, -40)
        elif number == 2:
            take_credits(world, 40)

    after_posts(world, buy_beside)
    assert outcomes(world.run(SIZE, max_credits=COUNT)) == {Outcome.ANSWERED: COUNT}
    assert spent(world) == COUNT + 40


@pytest.mark.parametrize("real_price", [1, 2])
@pytest.mark.slow
def test_a_balance_that_is_told_late(start: StartWorld, real_price: int) -> None:
    """A balance that lags some seconds neither stops a run nor hides a price."""
    world = start(credits_per_signal=real_price)
    world.write_list(domains(COUNT))
    seen: list[tuple[float, int]] = []

    def late(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/v1/credits":
            return None
        seen.append((world.clock.seconds, CREDITS - spent(world)))
        told = [balance for at, balance in seen if at <= world.clock.seconds - 4] or [CREDITS]
        return httpx.Response(200, json={"remainingCredits": told[-1]})

    world.transport = lambda: InterceptingTransport(before=late)
    result = world.run(SIZE, max_credits=COUNT)
    assert (result.stopped_by is None) == (real_price == 1)
    assert spent(world) <= COUNT


@pytest.mark.ledger_in_a_file("each of its two data directories has one")
@pytest.mark.slow
def test_answers_from_the_cache(world: World) -> None:
    """Answers that the API serves for nothing are less than agreed: that stops nothing."""
    world.write_list(domains(COUNT))
    world.run(SIZE)
    world.data_dir = world.data_dir / "second"
    world.write_list(domains(COUNT))
    assert outcomes(world.run(SIZE, max_credits=COUNT)) == {Outcome.ANSWERED: COUNT}
    assert spent(world) == COUNT


def test_a_top_up_hides_no_price(start: StartWorld) -> None:
    """Credits that are added while a run buys do not let it pass its limit."""
    world = start(credits_per_signal=2)
    world.write_list(domains(COUNT))
    after_posts(world, lambda number: take_credits(world, -1_000 if number == 1 else 0))
    assert isinstance(world.run(SIZE, max_credits=COUNT).stopped_by, CostsMoreError)
    assert sum(world.bought().values()) * 2 <= COUNT


def test_a_balance_that_cannot_be_read(world: World) -> None:
    """Without a balance to compare with nothing more is bought; what was bought is collected."""
    world.write_list(domains(COUNT))

    def close_balance(number: int) -> None:
        if number == 1:
            world.fault("error_before", path="/v1/credits", status=503)

    after_posts(world, close_balance)
    result = world.run(SIZE, max_credits=COUNT)
    assert result.stopped_by is not None
    bought = spent(world)
    assert 0 < bought < COUNT
    assert outcomes(result) == {Outcome.ANSWERED: bought, Outcome.NOT_FINISHED: COUNT - bought}


@pytest.mark.parametrize("most", [1, 2, 3, 4, 7, 100])
def test_a_chunk_in_parts(most: int) -> None:
    """The parts of a chunk are the chunk and go as it does, and the first has no more signals than asked for."""
    chunk = Chunk(("a", "b", "c"), tuple(domains(5)), force_refresh=False, written_out=True)
    parts = chunk.first(most)
    assert parts[0].signals <= most
    assert all(part.written_out for part in parts)
    assert sorted(pair for part in parts for pair in part.pairs()) == sorted(chunk.pairs())
