"""A sample: so many subjects only, the same for every question and every run."""

from __future__ import annotations

import pytest

from saber_pipeline.errors import BudgetError
from saber_pipeline.planning.plan import Status
from saber_pipeline.runs.dry_run import plan_only
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.world import CLOUD, SIZE, World, domains, outcomes


def asked(world: World, key: str) -> set[str]:
    """The companies with an answer to a question."""
    return {subject for (subject,) in world.published(f"SELECT subject FROM questions.{key}")}  # noqa: S608 - a key


def test_a_sample_buys_so_many_companies_and_no_more(world: World) -> None:
    """Seven of forty companies are asked both questions; the same run again owns them all and buys nothing."""
    world.write_list(domains(40))
    first = world.run(sample=7)
    assert first.outcomes.asked == 14
    assert outcomes(first) == {Outcome.ANSWERED: 14}
    assert first.spending.signals_bought == 14
    again = world.run(sample=7)
    assert outcomes(again) == {Outcome.OWNED: 14}


@pytest.mark.slow
def test_every_question_is_asked_about_the_same_companies(world: World) -> None:
    """Two runs of one question each draw the same sample, also from a list in another order."""
    world.write_list(domains(40))
    world.run(SIZE, sample=7)
    world.write_list(reversed(domains(40)))
    world.run(CLOUD, sample=7)
    assert len(asked(world, "size")) == 7
    assert asked(world, "size") == asked(world, "cloud")


@pytest.mark.slow
def test_companies_with_answers_come_first(world: World) -> None:
    """What is owned is part of the sample, so that trying a question costs less."""
    world.write_list(domains(3), "few")
    world.write_list(domains(40))
    world.run(SIZE, lists=("few",))
    result = world.run(SIZE, sample=5)
    assert outcomes(result) == {Outcome.OWNED: 3, Outcome.ANSWERED: 2}
    larger = world.run(SIZE, sample=8)
    assert outcomes(larger) == {Outcome.OWNED: 5, Outcome.ANSWERED: 3}


def test_a_sample_is_of_all_lists_together(world: World) -> None:
    """Over two lists no more than the number of companies is bought."""
    world.write_list(domains(20), "left")
    world.write_list(domains(20, start=10), "right")
    assert world.run(SIZE, lists=("left", "right"), sample=6).outcomes.asked == 6


@pytest.mark.slow
def test_an_interrupted_sample_goes_on_with_the_same_companies(start: StartWorld) -> None:
    """Half of a sample in flight is waited for, and no other company is bought in its place."""
    world = start(processing_seconds=(600.0, 7_200.0))
    world.write_list(domains(30))
    world.run(SIZE, sample=10, max_wait_minutes=0)
    world.run(SIZE, sample=10, max_wait_minutes=60)
    assert world.run(SIZE, sample=10, max_wait_minutes=600).outcomes.totals.total() == 10
    assert len(world.bought()) == 10


def test_the_plan_prices_the_sample_and_the_rest(world: World) -> None:
    """A dry run counts the sample's pairs, and says what the other companies would cost."""
    world.write_list(domains(40))
    selection = world.selection(sample=7)
    planned = plan_only(selection, world.settings, new_client=world.new_client, clock=world.clock)
    assert planned.plan.totals == {Status.DUE: 14}
    assert "a sample of 7 companies; the other 33 would cost up to 66 credits more" in planned.summary()


def test_a_sample_larger_than_the_list_is_the_list(world: World) -> None:
    """Nothing is left out then."""
    world.write_list(domains(4))
    result = world.run(SIZE, sample=50)
    assert result.outcomes.asked == 4
    assert result.plan.left_out == 0


def test_every_run_keeps_to_the_limit_of_the_settings(world: World) -> None:
    """A run that names no limit stops before it spends; one that names its own keeps to that."""
    world.settings_changed = {"max_credits_per_run": 5}
    world.write_list(domains(6))
    with pytest.raises(BudgetError, match="more than SABER_MAX_CREDITS_PER_RUN = 5") as stopped:
        world.run(SIZE)
    assert "Nothing was spent" in str(stopped.value)
    assert not world.bought()
    planned = plan_only(world.selection((SIZE,)), world.settings, new_client=world.new_client, clock=world.clock)
    assert "more than SABER_MAX_CREDITS_PER_RUN = 5" in planned.summary()
    assert outcomes(world.run(SIZE, max_credits=6)) == {Outcome.ANSWERED: 6}
