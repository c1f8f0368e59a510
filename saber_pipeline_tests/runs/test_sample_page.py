"""The page of what a sample showed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.world import CLOUD, SIZE, World, domains


def test_the_page_counts_each_question_and_prices_the_rest(start: StartWorld) -> None:
    """Answered, not known and the mean confidence are the database's; the rest costs what is due of it."""
    world = start(not_known_share=0.4)
    world.write_list(domains(40))
    page = world.run(sample=20).sample_page
    assert page is not None
    assert (page.subjects, page.left_out, page.rest_credits) == (20, 20, Decimal(40))
    for question in page.questions:
        ((answered, not_known, confidence),) = world.published(
            "SELECT count(*) FILTER (answer_json IS NOT NULL), count(*) FILTER (answer_json IS NULL), "  # noqa: S608 - a key
            "avg(confidence) FILTER (answer_json IS NOT NULL) "
            f"FROM latest_answers WHERE question_key = '{question.key}'"
        )
        assert 0 < not_known < 20
        assert (question.asked, question.answered, question.not_known) == (20, answered, not_known)
        assert question.confidence == pytest.approx(confidence)
        assert question.credits_per_answer == round(Decimal(20) / answered, 2)
        assert question.rest_answers == round(20 * answered / 20)


@pytest.mark.slow
def test_what_waits_of_the_rest_is_in_the_most_it_costs(world: World) -> None:
    """What ask_if decides when the rest's answers are there costs nothing now, and its price at most."""
    gated = replace(SIZE, ask_if="cloud IS NOT NULL")
    world.questions = (CLOUD, gated)
    world.write_list(domains(10))
    page = world.run(CLOUD, gated, sample=4).sample_page
    assert page is not None
    assert (page.rest_credits, page.waiting_credits) == (Decimal(6), Decimal(6))
    assert str(page).endswith("would cost 6 credits now, at most 12 with what waits for their answers.")
    page = world.run(CLOUD, gated, sample=10).sample_page
    assert page is not None
    assert (page.rest_credits, page.waiting_credits) == (Decimal(0), Decimal(0))


def test_owned_pairs_of_the_rest_cost_nothing(world: World) -> None:
    """A sample smaller than what is owned: the rest is only what a run without --sample would buy."""
    world.write_list(domains(10))
    world.run(SIZE)
    page = world.run(sample=4).sample_page
    assert page is not None
    size, cloud = page.questions
    assert (size.rest_pairs, cloud.rest_pairs) == (0, 6)
    assert size.answered == 4  # also what another run has bought


def test_the_rest_of_a_forced_sample_is_the_rest_alone(world: World) -> None:
    """Forcing the sample leaves what was just bought out of the price of the rest."""
    world.purchases_allowed = 2
    world.write_list(domains(10))
    world.run(SIZE)
    page = world.run(SIZE, sample=4, force=True).sample_page
    assert page is not None
    assert page.questions[0].rest_pairs == 6


def test_a_failed_pair_makes_the_answers_dearer(start: StartWorld) -> None:
    """It was paid for like the others."""
    world = start(failed_share=0.5)
    world.write_list(domains(30))
    page = world.run(SIZE, sample=12).sample_page
    assert page is not None
    (question,) = page.questions
    assert question.failed > 0
    assert question.answered + question.failed == 12
    assert question.credits_per_answer == round(Decimal(12) / question.answered, 2)


def test_a_pair_on_its_way_has_no_outcome_yet(start: StartWorld) -> None:
    """A page without answers names no price of one, and no confidence."""
    world = start(processing_seconds=(600.0, 700.0))
    world.write_list(domains(30))
    page = world.run(SIZE, sample=12, max_wait_minutes=0).sample_page
    assert page is not None
    (question,) = page.questions
    assert (question.without_outcome, question.credits_per_answer, question.confidence) == (12, None, None)


def test_degraded_answers_are_counted(start: StartWorld) -> None:
    """How much of the sample had to do without LinkedIn stands beside its answers."""
    world = start(degraded_share=1.0)
    world.write_list(domains(6))
    page = world.run(SIZE, sample=3).sample_page
    assert page is not None
    assert page.questions[0].degraded == 3


def test_a_run_without_a_sample_has_no_page(world: World) -> None:
    """Nothing is planned twice where nobody asked for a sample."""
    world.write_list(domains(3))
    assert world.run(SIZE, CLOUD).sample_page is None
