"""A question whose template is gone at Saber, or cannot be read, is held back alone."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.template_questions import (
    KnownTemplate,
    completed,
    held_back_by_templates,
    read_known_templates,
)
from saber_pipeline.errors import ApiKeyRefusedError, ApiServerError, QuestionsError
from saber_pipeline.planning.plan import Status
from saber_pipeline.runs.answers import run_answers
from saber_pipeline.runs.dry_run import DryRun, plan_only
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.runs.planned_run import PlannedRun
from saber_pipeline.runs.requests import RunRequest
from saber_pipeline_tests.testbed.templates_at_saber import TEMPLATES, send
from saber_pipeline_tests.testbed.world import (
    GATED,
    SIZE,
    InterceptingTransport,
    World,
    domains,
    outcomes,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def plan(world: World) -> DryRun:
    return plan_only(
        world.selection(), world.settings, new_client=world.new_client, questions=world.questions, clock=world.clock
    )


@pytest.fixture
def question(world: World) -> Question:
    """A question that a template asks, beside one of its own words, over ten domains."""
    made = send(world, "POST", TEMPLATES, {"name": "Mood", "question": "How is the mood?"})
    world.write_list(domains(10))
    asked = Question("mood", "", template_id=made["id"], left_to_template=frozenset({"text", "answer_type"}))
    world.questions = (SIZE, asked)
    return asked


def test_a_deleted_template_holds_back_its_own_question(
    world: World, question: Question, caplog: pytest.LogCaptureFixture
) -> None:
    """The other question is bought; plan, log, outcomes and what status reads say which is held back, and the cure."""
    world.questions = (SIZE, replace(question, max_credits_per_month=5))
    send(world, "DELETE", f"{TEMPLATES}/{question.template_id}")
    why = f"Held back: The question mood: its template {question.template_id} does not exist at Saber. Give another"
    dry = plan(world)
    assert dry.cost == 10
    assert {(r.question_key, r.status, r.held_because) for r in dry.plan.rows} == {
        ("size", Status.DUE, None),
        ("mood", Status.HELD_BACK, "its template cannot be asked"),
    }
    assert why in dry.summary()
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        result = world.run()
    assert f"{why} template_id in questions.yaml" in caplog.text
    assert result.outcomes.of_question("size") == Counter({Outcome.ANSWERED: 10})
    assert result.outcomes.of_question("mood") == Counter({Outcome.HELD_BACK: 10})
    assert result.outcomes.without_template == Counter({("accounts", "mood"): 10})
    assert result.outcomes.beyond_budget.total() == 0
    assert result.outcomes.template_problems["mood"].startswith(why)
    assert {text for _, text in world.bought()} == {SIZE.text}
    assert world.ledger_rows("SELECT count(*) FROM pairs") == [(0,)]
    assert world.published("SELECT DISTINCT outcome, reason FROM account_answers WHERE question_key = 'mood'") == [
        ("held_back", "its template cannot be asked")  # it is not the budget
    ]
    again = completed(question, read_known_templates(world.paths.known_templates_file))
    assert held_back_by_templates([SIZE, again])["mood"].startswith(why)


def test_a_run_about_that_question_alone_fails(world: World, question: Question) -> None:
    """With nothing else to do the run stops, says so as an error, and spends nothing; so does its plan."""
    send(world, "DELETE", f"{TEMPLATES}/{question.template_id}")
    world.questions = (question,)
    message = f"The question mood: its template {question.template_id} does not exist at Saber. Nothing was spent. Give"
    with pytest.raises(QuestionsError, match=f"^{message}"):
        plan(world)
    with pytest.raises(QuestionsError, match=f"^{message}"):
        world.run()
    assert world.bought() == {}


def test_its_answers_stay_and_it_is_asked_again_once_there_is_a_template(world: World, question: Question) -> None:
    """What was answered before is owned while the template is gone, by force too; a new template ends it."""
    world.run()
    known = read_known_templates(world.paths.known_templates_file)
    world.questions = (SIZE, completed(question, known))  # as questions.yaml is read after that run
    send(world, "DELETE", f"{TEMPLATES}/{question.template_id}")
    world.write_list(domains(12))
    assert outcomes(world.run()) == {Outcome.OWNED: 20, Outcome.ANSWERED: 2, Outcome.HELD_BACK: 2}
    assert world.published("SELECT count(*) FROM questions.mood") == [(10,)]
    world.purchases_allowed = 2
    world.clock.advance(60)
    assert outcomes(world.run(force=True)) == {Outcome.ANSWERED: 12, Outcome.HELD_BACK: 12}
    assert world.ledger_rows("SELECT count(*) FROM pairs") == [(0,)]
    made = send(world, "POST", TEMPLATES, {"name": "Mood", "question": "How is the mood today?"})
    world.questions = (SIZE, replace(question, template_id=made["id"]))
    assert outcomes(world.run()) == {Outcome.OWNED: 12, Outcome.ANSWERED: 12}


def test_nothing_waits_for_a_question_without_template(world: World, question: Question) -> None:
    """What would wait for the held back question is decided by the answers there are, and so is whether its budget
    covers it, in the plan as in the run."""
    send(world, "DELETE", f"{TEMPLATES}/{question.template_id}")
    world.questions = (GATED[0], question, replace(GATED[1], ask_if="mood IS NULL", max_credits_per_month=5))
    assert plan(world).plan.totals[Status.WAITING] == 0
    assert plan(world).cost_at_most == 10
    assert outcomes(world.run()) == {Outcome.ANSWERED: 10, Outcome.HELD_BACK: 20}


def test_the_run_tells_the_reason_before_it_buys(world: World, question: Question) -> None:
    """The plan that a run tells, and Dagster shows, has the template as the reason, and its price without it."""
    send(world, "DELETE", f"{TEMPLATES}/{question.template_id}")
    told: list[PlannedRun] = []
    run_answers(
        RunRequest("told", world.selection()),
        world.settings,
        world.questions,
        new_client=world.new_client,
        report=lambda _: None,
        tell_plan=told.append,
        clock=world.clock,
    )
    (planned,) = told
    assert (planned.buys, planned.others) == (10, {"held_back": 10})
    assert {row.held_because for row in planned.plan.rows} == {None, "its template cannot be asked"}


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (httpx.Response(200, json={"name": "no id"}), "cannot be read at Saber (get template"),
        (
            httpx.Response(400, json={"error": {"message": "no such id"}}),
            "cannot be read at Saber (get template",
        ),
        (
            httpx.Response(200, json={"id": "t", "version": 2, "question": "Q?", "deletedAt": "2026-01-01T00:00:00Z"}),
            "was deleted at Saber",
        ),
        (httpx.Response(200, json={"id": "t", "version": 2}), "asks nothing at Saber"),
        (
            httpx.Response(200, json={"id": "t", "question": "Q?", "answerType": "smell"}),
            "asks for an answer of the type 'smell'",
        ),
    ],
)
def test_a_template_that_cannot_be_used_stops_nobody_else(world: World, reply: httpx.Response, problem: str) -> None:
    """A reply that is no template, a refused id, a deleted one, one without a question or with an unknown type."""

    def other_reply(request: httpx.Request) -> httpx.Response | None:
        return reply if request.url.path.startswith(TEMPLATES) else None

    world.transport = lambda: InterceptingTransport(before=other_reply)
    world.write_list(domains(3))
    world.questions = (SIZE, Question("mood", "", template_id="t", left_to_template=frozenset({"text", "answer_type"})))
    result = world.run()
    assert outcomes(result) == {Outcome.ANSWERED: 3, Outcome.HELD_BACK: 3}
    assert problem in result.outcomes.template_problems["mood"]
    assert world.published("SELECT count(*) FROM accounts WHERE size IS NOT NULL AND mood IS NULL") == [(3,)]


def failing(status: int, *, everywhere: bool = False) -> Callable[[httpx.Request], httpx.Response | None]:
    """What a template's route answers, or every route."""
    error = {"error": {"type": "INTERNAL", "code": "OTHER", "requestId": "r"}}

    def reply(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(status, json=error) if everywhere or request.url.path.startswith(TEMPLATES) else None

    return reply


@pytest.mark.parametrize(
    ("status", "problem", "is_kept"),
    [(403, "is not open to this key (status 403)", True), (503, "could not be read at Saber this time", False)],
)
def test_a_template_that_fails_stops_nobody_else(
    world: World, question: Question, status: int, problem: str, *, is_kept: bool
) -> None:
    """Where only the template's route fails, its question alone is held back; a failure that may pass is forgotten."""
    world.transport = lambda: InterceptingTransport(before=failing(status))
    result = world.run()
    assert outcomes(result) == {Outcome.ANSWERED: 10, Outcome.HELD_BACK: 10}
    assert problem in result.outcomes.template_problems["mood"]
    assert bool(read_known_templates(world.paths.known_templates_file)) is is_kept
    world.transport = None
    assert outcomes(world.run()) == {Outcome.OWNED: 10, Outcome.ANSWERED: 10}
    assert question.template_id in read_known_templates(world.paths.known_templates_file)


@pytest.mark.parametrize(("status", "error"), [(401, ApiKeyRefusedError), (503, ApiServerError)])
def test_what_concerns_every_route_stops_the_run(
    world: World, question: Question, status: int, error: type[Exception]
) -> None:
    """A key that nothing accepts, or an API that is down, is no template's problem."""
    world.transport = lambda: InterceptingTransport(before=failing(status, everywhere=True))
    with pytest.raises(error, match="get template"):
        world.run()
    assert read_known_templates(world.paths.known_templates_file) == {}
    assert world.questions[1] is question


def test_a_type_of_its_own_is_enough(world: World) -> None:
    """A question that gives its answer type needs none of the template's, which this version does not know."""
    known = {"t": KnownTemplate("t", 1, "N", "Q?", "smell", None)}
    own = Question("mood", "", template_id="t", left_to_template=frozenset({"text"}))
    assert (completed(own, known).text, completed(own, known).template_problem) == ("Q?", None)
