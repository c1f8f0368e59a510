"""What is due: ages, failures, changed questions and lists that overlap."""

from __future__ import annotations

from dataclasses import replace

import pytest

from saber_pipeline.planning.failed_pairs import FailedPairs
from saber_pipeline.planning.plan import Status
from saber_pipeline.runs.dry_run import plan_only
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.world import CLOUD, DAY_SECONDS, HOUR_SECONDS, SIZE, STACK, World, domains


def test_answers_every_pair_once(world: World) -> None:
    """A list is answered completely, and asking again buys nothing and needs no API."""
    world.write_list(domains(150))
    first, second = world.run(), world.run()
    assert first.outcomes.totals[Outcome.ANSWERED] == 300
    assert second.outcomes.totals[Outcome.OWNED] == 300
    assert not second.requests
    assert world.published("SELECT count(*) FROM questions.size") == [(150,)]


def test_new_domains_buy_theirs(world: World) -> None:
    """Three domains more in a list buy exactly their pairs."""
    world.write_list(domains(5))
    world.run()
    world.write_list(domains(8))
    result = world.run()
    assert result.spending.signals_bought == 6
    assert result.outcomes.totals[Outcome.OWNED] == 10


@pytest.mark.slow
def test_sparse_needs(world: World) -> None:
    """Where domains need different questions, only the missing pairs are bought."""
    world.write_list(domains(4), "left")
    world.write_list(domains(4, start=2), "right")
    world.run(SIZE, lists=("left",))
    world.run(CLOUD, lists=("right",))
    result = world.run(lists=("left", "right"))
    assert result.spending.signals_bought == 4
    assert result.outcomes.totals[Outcome.OWNED] == 8


def test_domain_in_two_lists(world: World) -> None:
    """A domain in two lists is bought once, and both lists account for it."""
    world.write_list(domains(3), "left")
    world.write_list(domains(3), "right")
    result = world.run(SIZE, lists=("left", "right"))
    assert result.outcomes.asked == 3
    assert result.outcomes.by_partition["left", "size"][Outcome.ANSWERED] == 3
    assert result.outcomes.by_partition["right", "size"][Outcome.ANSWERED] == 3


def test_too_old(world: World) -> None:
    """An answer is owned until its age passes max_age_days, then it is due as too old."""
    world.write_list(domains(2))
    world.run(SIZE)
    world.clock.advance(29.9 * DAY_SECONDS)
    assert world.run(SIZE).spending.signals_bought == 0
    world.clock.advance(0.2 * DAY_SECONDS)
    world.purchases_allowed = 2
    result = world.run(SIZE)
    assert result.plan.reasons == {"too old": 2}
    assert result.spending.signals_bought == 2


@pytest.mark.slow
def test_younger_than_the_cache(world: World) -> None:
    """A max_age_days below the API's cache asks nothing again before the cache has passed."""
    hasty = replace(SIZE, max_age_days=0.1)
    world.questions = (hasty,)
    world.write_list(domains(2))
    world.run()
    world.clock.advance(11 * HOUR_SECONDS)
    assert world.run().plan.totals == {Status.OWNED: 2}
    world.clock.advance(2 * HOUR_SECONDS)
    world.purchases_allowed = 2
    assert world.run().spending.signals_bought == 2


@pytest.mark.slow
def test_not_known(start: StartWorld) -> None:
    """Not known is an outcome that is owned like an answer, and asked again when its age passes."""
    world = start(not_known_share=1.0)
    world.write_list(domains(2))
    assert world.run(SIZE).outcomes.totals[Outcome.NOT_KNOWN] == 2
    again = world.run(SIZE)
    assert again.outcomes.totals[Outcome.NOT_KNOWN] == 2
    assert not again.requests
    world.clock.advance(31 * DAY_SECONDS)
    world.purchases_allowed = 2
    assert world.run(SIZE).plan.reasons == {"not known, too old": 2}


@pytest.mark.parametrize(
    ("error_code", "early_hours", "late_hours"),
    [("LINKEDIN_RATE_LIMIT_EXCEEDED", 23, 25), ("CONNECTOR_UNAVAILABLE", 23, 25)],
)
@pytest.mark.slow
def test_failed_comes_back(start: StartWorld, error_code: str, early_hours: float, late_hours: float) -> None:
    """A failed pair is left alone for a day, then bought again."""
    world = start(failed_share=1.0)
    world.effects(error_code=error_code)
    world.write_list(domains(2))
    assert world.run(SIZE).outcomes.totals[Outcome.FAILED] == 2
    world.clock.advance(early_hours * HOUR_SECONDS)
    assert world.run(SIZE).plan.totals == {Status.FAILED: 2}
    world.clock.advance((late_hours - early_hours) * HOUR_SECONDS)
    world.effects(failed_share=0.0)
    world.purchases_allowed = 2
    result = world.run(SIZE)
    assert result.plan.reasons == {"failed before": 2}
    assert result.outcomes.totals[Outcome.ANSWERED] == 2


def test_validation_error_never(start: StartWorld) -> None:
    """A pair that failed with a validation error is never bought again without force."""
    world = start(failed_share=1.0)
    world.effects(error_code="VALIDATION_ERROR")
    world.write_list(domains(2))
    world.run(SIZE)
    world.clock.advance(400 * DAY_SECONDS)
    assert world.run(SIZE).plan.totals == {Status.FAILED: 2}


@pytest.mark.slow
def test_delay_grows(start: StartWorld) -> None:
    """Each further failure of a pair doubles the days until it is tried again."""
    world = start(failed_share=1.0)
    world.effects(error_code="CONNECTOR_UNAVAILABLE")
    world.write_list(domains(1))
    for failures in range(1, 4):
        world.purchases_allowed = failures
        assert world.run(SIZE).plan.reasons == {"missing" if failures == 1 else "failed before": 1}
        world.clock.advance((2 ** (failures - 1) - 0.1) * DAY_SECONDS)
        assert world.run(SIZE).plan.totals == {Status.FAILED: 1}
        world.clock.advance(0.2 * DAY_SECONDS)


@pytest.mark.slow
def test_last_error_code_decides(start: StartWorld) -> None:
    """A failure without a code after one with VALIDATION_ERROR is tried again: the last one decides."""
    world = start(failed_share=1.0)
    world.effects(error_code="VALIDATION_ERROR")
    world.write_list(domains(1))
    world.run(SIZE)
    world.purchases_allowed = 2
    world.effects(stuck_share=1.0)
    world.run(SIZE, force=True, max_wait_minutes=1)
    world.clock.advance(25 * HOUR_SECONDS)
    assert world.run(SIZE).outcomes.totals[Outcome.FAILED] == 1
    world.clock.advance(30 * DAY_SECONDS)
    world.purchases_allowed = 3
    assert world.run(SIZE, max_wait_minutes=0).plan.reasons == {"failed before": 1}


@pytest.mark.slow
def test_question_changed(world: World) -> None:
    """Another text makes the pairs due, and the plan says that the question changed."""
    world.write_list(domains(2))
    world.run(SIZE)
    changed = replace(SIZE, text="How many engineers work there?")
    world.questions = (changed,)
    result = world.run()
    assert result.plan.reasons == {"the question changed": 2}
    assert result.outcomes.totals[Outcome.ANSWERED] == 2


def test_key_renamed(world: World) -> None:
    """Another key for the same question buys nothing, and the new view shows the answers."""
    world.write_list(domains(2))
    world.run(SIZE)
    world.questions = (replace(SIZE, key="headcount"),)
    assert world.run().outcomes.totals[Outcome.OWNED] == 2
    assert world.published("SELECT count(*) FROM questions.headcount") == [(2,)]


def test_question_by_question(world: World) -> None:
    """A selection of one question leaves the others alone, known to the catalogue or not."""
    world.questions = (SIZE, CLOUD, STACK)
    world.write_list(domains(2))
    world.run(CLOUD)
    assert {question for _, question in world.bought()} == {CLOUD.text}


@pytest.mark.slow
def test_degraded_answers_may_be_due_sooner(world: World) -> None:
    """Only an answer researched without LinkedIn is due after max_age_days_degraded, and what replaces it counts."""
    question = replace(SIZE, max_age_days_degraded=2)
    assert question.question_id == SIZE.question_id
    world.write_list(domains(3), "without")
    world.write_list(domains(3, start=3), "with")
    world.effects(degraded_share=1.0)
    first = world.run(question, lists=("without",))
    world.effects(degraded_share=0.0)
    world.run(question, lists=("with",))
    assert first.outcomes.degraded["without", "size"] == 3
    world.clock.advance(1.9 * DAY_SECONDS)
    assert world.run(question, lists=("with", "without")).spending.signals_bought == 0
    world.clock.advance(0.2 * DAY_SECONDS)
    assert world.run(SIZE, lists=("without",)).outcomes.totals[Outcome.OWNED] == 3
    world.purchases_allowed = 2
    again = world.run(question, lists=("with", "without"))
    assert (again.spending.signals_bought, again.outcomes.totals[Outcome.OWNED]) == (3, 3)
    assert again.outcomes.degraded["without", "size"] == 0
    world.clock.advance(20 * DAY_SECONDS)
    assert world.run(question, lists=("with", "without")).spending.signals_bought == 0


def failed_now(world: World) -> tuple[FailedPairs, ...]:
    return plan_only(world.selection((SIZE,)), world.settings, new_client=None, clock=world.clock).failed


@pytest.mark.parametrize(
    ("error_code", "hours_later", "words"),
    [
        ("CONNECTOR_UNAVAILABLE", 1, "by a run after "),
        ("CONNECTOR_UNAVAILABLE", 25, "by the next run"),
        ("VALIDATION_ERROR", 900, "only with --force-refresh"),
    ],
)
@pytest.mark.slow
def test_why_pairs_failed_and_when_they_are_tried_again(
    start: StartWorld, error_code: str, hours_later: float, words: str
) -> None:
    """The reason is the API's code, and the time that is told is the one from which they are due."""
    world = start(failed_share=1.0)
    world.effects(error_code=error_code)
    world.write_list(domains(3))
    world.run(SIZE)
    world.clock.advance(hours_later * HOUR_SECONDS)
    (found,) = failed_now(world)
    assert (found.question_key, found.reason, found.pairs) == ("size", error_code, 3)
    assert found.message
    assert found.tried_again.startswith(words)
    assert (found.due, found.never) == (3 * (words == "by the next run"), 3 * (error_code == "VALIDATION_ERROR"))
    if found.last_retry is not None:
        left = found.last_retry - world.clock.now().replace(tzinfo=None)
        world.clock.advance(left.total_seconds() - 60)
        assert dry_totals(world) == {Status.FAILED: 3}
        world.clock.advance(61)
        assert dry_totals(world) == {Status.DUE: 3}


def dry_totals(world: World) -> dict[Status, int]:
    return plan_only(world.selection((SIZE,)), world.settings, new_client=None, clock=world.clock).plan.totals


@pytest.mark.slow
def test_a_failure_that_ended_in_an_answer_is_no_failure(start: StartWorld) -> None:
    """Pairs that have an answer since then are not told of, and those of other reasons keep their own."""
    world = start(failed_share=1.0)
    world.effects(error_code="CONNECTOR_UNAVAILABLE")
    world.write_list(domains(2))
    world.run(SIZE)
    world.clock.advance(25 * HOUR_SECONDS)
    world.effects(failed_share=0.0)
    world.purchases_allowed = 2
    world.run(SIZE)
    assert failed_now(world) == ()
