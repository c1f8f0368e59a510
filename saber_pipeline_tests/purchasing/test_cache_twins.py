"""Questions that the API's cache takes for each other, due together: each gets an answer of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from saber_pipeline.config.questions.question import AnswerType, Question, SubjectType
from saber_pipeline.config.questions.subject_kinds import kind_of
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.templates_at_saber import TEMPLATES, send
from saber_pipeline_tests.testbed.world import World, domains, outcomes, people

OFF = Question("leads", "Who are good leads?", AnswerType.CONTACTS, connectors={"salesNavigator": {"enabled": "off"}})
REQUIRED = replace(OFF, key="more_leads", connectors={"salesNavigator": {"enabled": "required"}})


def of_texts(*names: str) -> dict[str, Any]:
    """A schema with these properties, all of them texts and required."""
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": list(names)}


def by_templates(world: World, about: SubjectType, number: int = 2) -> tuple[Question, ...]:
    """Questions by templates that ask the same, which shows only when a run asks for the templates."""
    wording = {"name": "leads", "question": "Who leads?", "answerType": "open_text"}
    ids = [send(world, "POST", TEMPLATES, wording)["id"] for _ in range(number)]
    left = frozenset({"text", "answer_type"})
    return tuple(
        Question(f"leads_{number}", "", about=about, template_id=template_id, left_to_template=left)
        for number, template_id in enumerate(ids)
    )


@pytest.mark.parametrize(("case", "pairs"), [("connectors", 3), ("contacts", 3), ("templates", 3), ("templates", 51)])
def test_due_together(world: World, case: str, pairs: int) -> None:
    """Each twin is researched anew and has a signal of its own, also where no reply names it (51: an async batch)."""
    about = SubjectType.CONTACT if case == "contacts" else SubjectType.COMPANY
    twins = (OFF, REQUIRED) if case == "connectors" else by_templates(world, about)
    world.questions, world.purchases_allowed = twins, 2
    world.write_list(people(pairs) if case == "contacts" else domains(pairs), kind=kind_of(about))
    assert outcomes(world.run()) == {Outcome.ANSWERED: 2 * pairs}
    assert world.forced_signals() == 2 * pairs
    assert world.published("SELECT question_key, count(DISTINCT subject) FROM signals GROUP BY ALL ORDER BY ALL") == [
        (twins[0].key, pairs),
        (twins[1].key, pairs),
    ]
    assert outcomes(world.run()) == {Outcome.OWNED: 2 * pairs}


def test_edited_in_flight(world: World) -> None:
    """A template's new version, asked while signals of the old one are on their way, takes none of them."""
    question, _ = by_templates(world, SubjectType.COMPANY)
    world.questions, world.purchases_allowed = (question,), 2
    world.write_list(domains(120))
    world.run(max_wait_minutes=0)
    send(world, "PATCH", f"{TEMPLATES}/{question.template_id}", {"weight": "important"})
    assert outcomes(world.run()) == {Outcome.ANSWERED: 120}
    assert outcomes(world.run()) == {Outcome.OWNED: 120}
    assert world.published("SELECT count(*), count(question_key) FROM signals") == [(240, 120)]


@pytest.mark.parametrize("questions", [2, 3])
def test_one_of_them_is_late(world: World, questions: int) -> None:
    """A question whose signal is still awaited takes none of the others', which are read again to find the gap."""
    world.questions, world.purchases_allowed = by_templates(world, SubjectType.COMPANY, questions), questions
    world.write_list(domains(51))
    world.effects(stuck_share=0.5)
    found = outcomes(world.run(max_wait_minutes=10))
    ended = sum(s["status"] == "completed" for p in world.sandbox.books()["pairs"] for s in p["signals"])
    late = 51 * questions - ended
    assert found == {Outcome.ANSWERED: ended, Outcome.NOT_FINISHED: late}
    assert outcomes(world.run(max_wait_minutes=10)) == {Outcome.OWNED: ended, Outcome.NOT_FINISHED: late}


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
