"""Questions with ``fallback``: another one is asked only where they ended not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.runs.publication import publish_pending
from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.world import World, domains, outcomes

STRICT = Question("crm", "Which CRM do they use?", fallback="crm_lenient")
LENIENT = Question("crm_lenient", "Which CRM do they use at all?")
REVENUE = Question("revenue", "What is their revenue?", AnswerType.CURRENCY, fallback="guess")
GUESS = Question("guess", "What may their revenue be?", AnswerType.CURRENCY, fallback="wild_guess")
WILD_GUESS = Question("wild_guess", "What might their revenue be?", AnswerType.CURRENCY)


def asked(world: World, question: Question) -> list[str]:
    return sorted(subject for subject, text in world.bought() if text == question.text)


def test_only_where_it_was_not_known(start: StartWorld) -> None:
    """The fallback is asked in the same run, only of companies where the first question ended not known."""
    world = start(not_known_share=0.4)
    world.questions = (STRICT, LENIENT)
    world.write_list(domains(80))
    result = world.run()
    not_known = world.published(
        "SELECT domain FROM account_answers WHERE question_key = 'crm' AND outcome = 'not_known' ORDER BY domain"
    )
    assert 0 < len(not_known) < 80
    assert asked(world, LENIENT) == [domain for (domain,) in not_known]
    assert result.outcomes.totals[Outcome.HELD_BACK] == 80 - len(not_known)
    assert result.spending.signals_bought == 80 + len(not_known)
    assert world.published(
        "SELECT DISTINCT reason FROM account_answers WHERE question_key = 'crm_lenient' AND outcome = 'held_back'"
    ) == [("the question before it has an answer",)]
    assert not world.run().requests


@pytest.mark.slow
def test_the_first_that_knows(start: StartWorld) -> None:
    """accounts shows the first of a chain that knows, all columns from the same question, and which one that is."""
    world = start(not_known_share=0.6)
    world.questions = (REVENUE, GUESS, WILD_GUESS)
    world.write_list(domains(60))
    world.run()
    rows = world.published(
        """SELECT a.revenue_answered_by, count(*), bool_and(
            a.revenue IS NOT DISTINCT FROM coalesce(r.value, g.value, w.value)
            AND a.revenue_currency IS NOT DISTINCT FROM coalesce(r.currency, g.currency, w.currency)
            AND a.revenue_answered_by IS NOT DISTINCT FROM CASE
                WHEN r.value IS NOT NULL THEN 'revenue' WHEN g.value IS NOT NULL THEN 'guess'
                WHEN w.value IS NOT NULL THEN 'wild_guess' END
            AND a.guess IS NOT DISTINCT FROM coalesce(g.value, w.value))
        FROM accounts AS a
        LEFT JOIN questions.revenue AS r ON r.subject = a.domain
        LEFT JOIN questions.guess AS g ON g.subject = a.domain
        LEFT JOIN questions.wild_guess AS w ON w.subject = a.domain
        GROUP BY ALL ORDER BY ALL"""
    )
    assert [by for by, *_ in rows] == ["guess", "revenue", "wild_guess", None]
    assert all(is_right for *_, is_right in rows)
    assert 0 < len(asked(world, WILD_GUESS)) < len(asked(world, GUESS)) < 60


@pytest.mark.slow
def test_alone_it_is_asked_by_what_is_owned(start: StartWorld) -> None:
    """A run of the fallback alone asks where the first question is known to be not known, and nowhere else."""
    world = start(not_known_share=0.5)
    world.questions = (STRICT, LENIENT)
    world.write_list(domains(40), "known")
    world.write_list(domains(60))
    world.run(STRICT, lists=("known",))
    ((not_known,),) = world.published(
        "SELECT count(*) FROM account_answers WHERE question_key = 'crm' AND outcome = 'not_known'"
    )
    result = world.run(LENIENT)
    assert len(asked(world, LENIENT)) == not_known
    assert result.plan.held_reasons == {
        "the question before it has an answer": 40 - not_known,
        "the question before it has no answer": 20,
    }


@pytest.mark.slow
def test_what_a_person_decided(start: StartWorld) -> None:
    """A value in reviews.csv needs no fallback, asked or not; for a rejected answer nothing is bought."""
    world = start(not_known_share=0.5)
    world.questions = (STRICT, LENIENT)
    world.write_list(domains(30), "known")
    world.run(STRICT, lists=("known",))
    world.write_list(["new.com"], "new")
    ended = dict(world.published("SELECT outcome, min(domain) FROM account_answers GROUP BY outcome"))
    when = (world.clock.now() + timedelta(minutes=1)).isoformat()
    decided = f"{ended['not_known']},crm,HubSpot,ada,{when}\n{ended['answered']},crm,reject,ada,{when}\n"
    world.paths.reviews_file.write_text(
        f"domain,question,value,who,when\n{decided}new.com,crm,Attio,ada,{when}\n", "utf-8"
    )
    publish_pending(world.settings, world.questions)
    world.run(LENIENT, lists=("known", "new"))
    bought = asked(world, LENIENT)
    assert bought
    assert not {ended["not_known"], ended["answered"], "new.com"} & set(bought)
    assert world.published(
        "SELECT crm, crm_answered_by FROM accounts WHERE crm IN ('HubSpot', 'Attio') ORDER BY crm"
    ) == [("Attio", "crm"), ("HubSpot", "crm")]


@pytest.mark.slow
def test_a_failed_one_needs_no_fallback(start: StartWorld) -> None:
    """A pair that failed did not end not known."""
    world = start(failed_share=1.0)
    world.questions = (STRICT, LENIENT)
    world.write_list(domains(5))
    assert outcomes(world.run()) == {Outcome.FAILED: 5, Outcome.HELD_BACK: 5}


@pytest.mark.slow
def test_with_a_condition(start: StartWorld) -> None:
    """A condition over the column of a question with a fallback waits for both, and sees what the fallback knew."""
    world = start(not_known_share=0.5)
    size = Question("size", "How many people work there?", ask_if="crm IS NOT NULL AND crm_answered_by = 'crm_lenient'")
    world.questions = (STRICT, LENIENT, size)
    world.write_list(domains(60))
    world.run()
    rows = world.published("SELECT domain FROM accounts WHERE crm_answered_by = 'crm_lenient' ORDER BY domain")
    assert 0 < len(rows) < 60
    assert asked(world, size) == [domain for (domain,) in rows]


def test_without_its_question(world: World) -> None:
    """A question that is nobody's fallback any more is asked as any other."""
    world.questions = (replace(STRICT, fallback=None), LENIENT)
    world.write_list(domains(5))
    assert outcomes(world.run()) == {Outcome.ANSWERED: 10}
