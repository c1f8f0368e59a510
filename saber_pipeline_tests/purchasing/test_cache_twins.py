"""Questions that the API's cache takes for each other, due together: each gets an answer of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from saber_pipeline.config.questions.question import AnswerType, Question, SubjectType
from saber_pipeline.config.questions.subject_kinds import kind_of
from saber_pipeline.errors import QuestionsError
from saber_pipeline.runs.dry_run import plan_only
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.templates_at_saber import TEMPLATES, send
from saber_pipeline_tests.testbed.world import World, domains, outcomes, people

OFF = Question("leads", "Who are good leads?", AnswerType.CONTACTS, connectors={"salesNavigator": {"enabled": "off"}})
REQUIRED = replace(OFF, key="more_leads", connectors={"salesNavigator": {"enabled": "required"}})


def of_texts(*names: str) -> dict[str, Any]:
    """A schema with these properties, all of them texts and required."""
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": list(names)}


def by_templates(world: World, number: int = 2) -> tuple[Question, ...]:
    """Questions by templates that ask the same, which shows only when a run asks for the templates."""
    wording = {"name": "leads", "question": "Who leads?", "answerType": "open_text"}
    ids = [send(world, "POST", TEMPLATES, wording)["id"] for _ in range(number)]
    left = frozenset({"text", "answer_type"})
    return tuple(
        Question(f"leads_{number}", "", template_id=template_id, left_to_template=left)
        for number, template_id in enumerate(ids)
    )


@pytest.mark.parametrize("about", SubjectType)
def test_due_together(world: World, about: SubjectType) -> None:
    """Each twin is researched anew and has a signal of its own."""
    twins = tuple(replace(twin, about=about, answer_type=AnswerType.OPEN_TEXT) for twin in (OFF, REQUIRED))
    world.questions, world.purchases_allowed = twins, 2
    world.write_list(people(3) if about is SubjectType.CONTACT else domains(3), kind=kind_of(about))
    assert outcomes(world.run()) == {Outcome.ANSWERED: 6}
    assert world.forced_signals() == 6
    assert world.published("SELECT question_key, count(DISTINCT subject) FROM signals GROUP BY ALL ORDER BY ALL") == [
        (OFF.key, 3),
        (REQUIRED.key, 3),
    ]
    assert outcomes(world.run()) == {Outcome.OWNED: 6}


def test_two_templates_of_one_text(world: World) -> None:
    """They are refused by the first run that asks for them and by its plan, before anything is spent.

    Nothing of them is remembered, so that changing one at Saber is enough.
    """
    world.questions = by_templates(world)
    world.write_list(domains(3))
    message = "^The questions leads_0 and leads_1: their templates ask the same"
    with pytest.raises(QuestionsError, match=message):
        world.run()
    with pytest.raises(QuestionsError, match=message):
        plan_only(world.selection(), world.settings, new_client=world.new_client, questions=world.questions)
    assert world.bought() == {}
    send(world, "PATCH", f"{TEMPLATES}/{world.questions[1].template_id}", {"question": "Who follows?"})
    assert outcomes(world.run()) == {Outcome.ANSWERED: 6}


def test_edited_in_flight(world: World) -> None:
    """A template's new version, asked while signals of the old one are on their way, takes none of them."""
    (question,) = by_templates(world, 1)
    world.questions, world.purchases_allowed = (question,), 2
    world.write_list(domains(120))
    world.run(max_wait_minutes=0)
    send(world, "PATCH", f"{TEMPLATES}/{question.template_id}", {"weight": "important"})
    assert outcomes(world.run()) == {Outcome.ANSWERED: 120}
    assert outcomes(world.run()) == {Outcome.OWNED: 120}
    assert world.published("SELECT count(*), count(question_key) FROM signals") == [(240, 120)]


@pytest.mark.parametrize("versions", [2, 3])
@pytest.mark.sweep(keep=1)
def test_one_of_them_is_late(world: World, versions: int) -> None:
    """A version whose signal is still awaited takes none of the others', which are read again to find the gap."""
    (question,) = by_templates(world, 1)
    world.questions, world.purchases_allowed = (question,), versions
    world.write_list(domains(120))
    world.effects(stuck_share=0.5)
    for weight in ("important", "nice_to_have")[: versions - 1]:
        world.run(max_wait_minutes=0)
        world.clock.advance(60)
        send(world, "PATCH", f"{TEMPLATES}/{question.template_id}", {"weight": weight})
    found = outcomes(world.run(max_wait_minutes=10))
    newest = [max(p["signals"], key=lambda s: s["created_at"]) for p in world.sandbox.books()["pairs"]]
    ended = sum(signal["status"] == "completed" for signal in newest)
    assert found == {Outcome.ANSWERED: ended, Outcome.NOT_FINISHED: 120 - ended}
    assert outcomes(world.run(max_wait_minutes=10)) == {Outcome.OWNED: ended, Outcome.NOT_FINISHED: 120 - ended}


@pytest.mark.parametrize("names", [("ceo",), ("ceo", "founder")], ids=["others", "more"])
def test_another_schema_in_flight(world: World, names: tuple[str, ...]) -> None:
    """A listing shows no schema: an edited question takes none of the signals of the earlier one that are on their way.

    An answer with more properties fits the earlier schema too.
    """
    first = Question("leads", "Who leads?", AnswerType.JSON_SCHEMA, output_schema=of_texts("founder"))
    world.questions, world.purchases_allowed = (first,), 2
    world.write_list(domains(120))
    world.run(max_wait_minutes=0)
    world.questions = (replace(first, output_schema=of_texts(*names)),)
    assert outcomes(world.run()) == {Outcome.ANSWERED: 120}
    assert world.published("SELECT count(ceo) FROM questions.leads") == [(120,)]
    assert world.forced_signals() == 0
    assert outcomes(world.run()) == {Outcome.OWNED: 120}
    assert world.published("SELECT count(*), count(question_key) FROM signals") == [(240, 120)]


def test_a_named_one_is_late(world: World) -> None:
    """A question whose signal is named and still awaited takes none of its twin's, which are read again meanwhile."""
    world.questions, world.purchases_allowed = (OFF, REQUIRED), 2
    world.write_list(domains(3))
    world.effects(stuck_share=1.0)
    assert outcomes(world.run(OFF, max_wait_minutes=1)) == {Outcome.NOT_FINISHED: 3}
    world.heal()
    assert outcomes(world.run(REQUIRED)) == {Outcome.ANSWERED: 3}
    assert outcomes(world.run(OFF, max_wait_minutes=90)) == {Outcome.NOT_FINISHED: 3}
    assert world.ledger_rows("SELECT state, count(*) FROM pairs GROUP BY state") == [("sent", 3)]
