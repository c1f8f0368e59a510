"""``answer_checks``, ``question_quality`` and ``question_comparison``: whether answers are right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.config.questions.choices import choice_schema
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.warehouse.truth_and_review_tables import load_told
from saber_pipeline.warehouse.views import apply_questions
from saber_pipeline_tests.warehouse.signals import boolean, land, raw_signal

if TYPE_CHECKING:
    from saber_pipeline_tests.warehouse.conftest import OpenWarehouse

CHOICES = choice_schema(["Salesforce", "HubSpot"])
COMPARED: list[tuple[AnswerType, dict[str, Any], dict[str, Any], str]] = [
    (AnswerType.BOOLEAN, {"value": True}, {"value": "yes"}, "correct"),
    (AnswerType.BOOLEAN, {"value": True}, {"value": "no"}, "wrong"),
    (AnswerType.NUMBER, {"value": 105}, {"value": "100", "number": 100.0}, "correct"),
    (AnswerType.NUMBER, {"value": 106}, {"value": "100", "number": 100.0}, "wrong"),
    (AnswerType.NUMBER, {"value": -95}, {"value": "-100", "number": -100.0}, "correct"),
    (AnswerType.NUMBER, {"value": 1}, {"value": "0", "number": 0.0}, "wrong"),
    (AnswerType.NUMBER, {"value": 0}, {"value": "0", "number": 0.0}, "correct"),
    (AnswerType.PERCENTAGE, {"value": 10.4}, {"value": "10 %", "number": 10.0, "unit": "%"}, "correct"),
    (AnswerType.PERCENTAGE, {"value": 10, "unit": "percent"}, {"value": "10", "number": 10.0}, "correct"),
    (AnswerType.PERCENTAGE, {"value": 10, "unit": "ratio"}, {"value": "10", "number": 10.0}, "not_comparable"),
    (
        AnswerType.CURRENCY,
        {"value": 960, "currency": "eur"},
        {"value": "1000 EUR", "number": 1000.0, "unit": "EUR"},
        "correct",
    ),
    (
        AnswerType.CURRENCY,
        {"value": 900, "currency": "EUR"},
        {"value": "1000 EUR", "number": 1000.0, "unit": "EUR"},
        "wrong",
    ),
    (
        AnswerType.CURRENCY,
        {"value": 1000, "currency": "USD"},
        {"value": "1000 EUR", "number": 1000.0, "unit": "EUR"},
        "not_comparable",
    ),
    (
        AnswerType.CURRENCY,
        {"value": 1000, "currency": "USD"},
        {"value": "1000", "number": 1000.0},
        "not_comparable",
    ),
    (AnswerType.OPEN_TEXT, {"value": "Salesforce, Inc. "}, {"value": "salesforce inc"}, "correct"),
    (AnswerType.OPEN_TEXT, {"value": "C++"}, {"value": "C#"}, "wrong"),
    (AnswerType.OPEN_TEXT, {"value": "version 1.5"}, {"value": "version 15"}, "wrong"),
    (AnswerType.URL, {"value": "https://www.acme.com/careers/"}, {"value": "acme.com/Careers"}, "correct"),
    (AnswerType.URL, {"value": "https://acme.com/jobs"}, {"value": "acme.com/careers"}, "wrong"),
    (
        AnswerType.LIST,
        {"value": ["Jira", "slack", "Slack"]},
        {"value": "Slack, jira", "items": ["Slack", "jira"]},
        "correct",
    ),
    (AnswerType.LIST, {"value": ["Jira"]}, {"value": "Slack, jira", "items": ["Slack", "jira"]}, "wrong"),
]


def truth(domain: str, question: Question, value: str, **more: Any) -> tuple[Any, ...]:
    """A row of the table ``truth``."""
    number, unit, items = more.get("number"), more.get("unit"), more.get("items")
    return (domain, question.key, question.answer_type.value, value, number, unit, items, "truth/a.csv", 2)


def answer(payload: Any, answer_type: AnswerType, **more: Any) -> dict[str, Any]:
    """An answer as the API sends it."""
    return {"type": answer_type.value, answer_type.value: {"value": payload, **more}}


@pytest.fixture(scope="module")
def compared(shared: OpenWarehouse) -> OpenWarehouse:
    """Every case above is a question of its own, with one answer and one row of truth."""
    questions = [Question(f"q{number}", f"{number}?", answer_type) for number, (answer_type, *_) in enumerate(COMPARED)]
    for question, (answer_type, said, _, _) in zip(questions, COMPARED, strict=True):
        payload = {"type": answer_type.value, answer_type.value: said}
        land(shared.paths, question.key, [raw_signal(question.key, payload, answer_type.value)], question)
    shared.load(*questions)
    known = [truth("acme.com", question, **told) for question, (_, _, told, _) in zip(questions, COMPARED, strict=True)]
    load_told(shared.con, truth=known, reviews=[], problems=[])
    return shared


@pytest.mark.parametrize("number", range(len(COMPARED)))
def test_an_answer_is_compared_by_its_type(compared: OpenWarehouse, number: int) -> None:
    """Numbers within 5 %, amounts in one currency, texts, addresses and lists by their normal form."""
    _, _, told, verdict = COMPARED[number]
    there = f"WHERE question_key = 'q{number}'"
    found = compared.rows(f"SELECT verdict, expected, line FROM answer_checks {there}")  # noqa: S608
    assert found == [(verdict, told["value"], 2)]
    counts = {"correct": (1, 1, 0, 0), "wrong": (1, 0, 1, 0), "not_comparable": (0, 0, 0, 1)}[verdict]
    counted = compared.rows(f"SELECT checked, correct, wrong, not_comparable FROM question_quality {there}")  # noqa: S608
    assert counted == [counts]


def test_choices_are_compared(warehouse: OpenWarehouse) -> None:
    """A choice is right or it is not."""
    question = Question("q", "?", AnswerType.CHOICE, output_schema=CHOICES)
    signals = [
        raw_signal(domain, {"type": "json_schema", "jsonSchema": {"choice": said}}, "json_schema", domain=domain)
        for domain, said in (("a.com", "HubSpot"), ("b.com", "salesforce"))
    ]
    land(warehouse.paths, "a", signals, question)
    warehouse.load(question)
    rows = [truth(domain, question, "Salesforce") for domain in ("a.com", "b.com")]
    load_told(warehouse.con, truth=rows, reviews=[], problems=[])
    found = warehouse.rows("SELECT domain, verdict FROM answer_checks ORDER BY ALL")
    assert found == [("a.com", "wrong"), ("b.com", "correct")]


def test_the_tolerance_is_the_questions_own(warehouse: OpenWarehouse) -> None:
    """A wider one makes the same answer right, without a purchase."""
    question = Question("q", "?", AnswerType.NUMBER)
    land(warehouse.paths, "a", [raw_signal("1", answer(120, AnswerType.NUMBER), "number")], question)
    warehouse.load(question)
    load_told(warehouse.con, truth=[truth("acme.com", question, "100", number=100.0)], reviews=[], problems=[])
    assert warehouse.rows("SELECT verdict FROM answer_checks") == [("wrong",)]
    wider = replace(question, tolerance=0.2)
    assert wider.question_id == question.question_id
    apply_questions(warehouse.con, [wider])
    assert warehouse.rows("SELECT verdict FROM answer_checks") == [("correct",)]


def test_the_newest_answer_is_checked_and_counted(warehouse: OpenWarehouse) -> None:
    """Not known and never asked companies are no wrong answers; failed ones were asked; bands go by confidence."""
    question = Question("q", "?", AnswerType.BOOLEAN, expected_accuracy=0.9)
    other = Question("r", "?!", AnswerType.BOOLEAN)
    signals = [
        raw_signal("1", boolean(value=False), domain="a.com", completedAt="2026-01-01T00:00:00Z"),
        raw_signal("2", boolean(value=True), domain="a.com", completedAt="2026-01-02T00:00:00Z", confidence=0.95),
        raw_signal("3", boolean(value=False), domain="b.com", confidence=0.5),
        raw_signal("4", None, domain="c.com"),
        raw_signal("5", None, domain="d.com", status="failed"),
        raw_signal("6", boolean(value=True), domain="e.com", confidence=None),
    ]
    land(warehouse.paths, "a", signals, question)
    warehouse.load(question, other)
    rows = [truth(f"{letter}.com", question, "yes") for letter in "abcdef"]
    load_told(warehouse.con, truth=rows, reviews=[], problems=[])
    assert warehouse.rows("SELECT domain, verdict FROM answer_checks ORDER BY domain") == [
        ("a.com", "correct"),
        ("b.com", "wrong"),
        ("c.com", "not_known"),
        ("d.com", "not_answered"),
        ("e.com", "correct"),
        ("f.com", "not_answered"),
    ]
    assert warehouse.rows("FROM question_quality") == [
        ("q", 5, 3, 6, 3, 2, 1, 0, 1, 0.6667, 0.9),
        ("r", 0, 0, 0, 0, 0, 0, 0, 0, None, None),
    ]
    assert warehouse.rows("FROM question_quality_by_confidence") == [
        ("q", "0.5 to under 0.7", 1, 0, 1, 0.0),
        ("q", "0.9 to 1.0", 1, 1, 0, 1.0),
        ("q", "not told", 1, 1, 0, 1.0),
    ]


def test_two_wordings_are_compared_on_the_companies_both_know(warehouse: OpenWarehouse) -> None:
    """How often they agree, and which is right more often, truth about one counting for both."""
    strict, lenient = (Question(key, f"{key}?", AnswerType.BOOLEAN) for key in ("strict", "lenient"))
    number = Question("size", "size?", AnswerType.NUMBER)
    said = {
        strict: {"a.com": True, "b.com": True, "c.com": True},
        lenient: {"a.com": True, "b.com": False, "d.com": True},
    }
    for question, answers in said.items():
        signals = [
            raw_signal(f"{question.key} {domain}", boolean(value=value), domain=domain, question=question.text)
            for domain, value in answers.items()
        ]
        land(warehouse.paths, question.key, signals, question)
    warehouse.load(strict, lenient, number)
    rows = [truth("a.com", strict, "yes"), truth("b.com", lenient, "no"), truth("c.com", strict, "no")]
    load_told(warehouse.con, truth=rows, reviews=[], problems=[])
    assert warehouse.rows("FROM question_comparison") == [
        ("strict", "lenient", 2, 1, 1, 0.5, 2, 1, 2, 0.5, 1.0),
    ]
