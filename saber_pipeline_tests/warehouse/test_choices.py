"""Answers to questions with choices: typed by what was asked, judged by exact value, counted where they fit none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from saber_pipeline.config.questions.choices import choice_schema
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.warehouse.list_rows import load_lists
from saber_pipeline.warehouse.session import keep_catalog
from saber_pipeline_tests.warehouse.signals import land, raw_signal
from saber_pipeline_tests.warehouse.test_views import snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline_tests.warehouse.conftest import OpenWarehouse

CRM = Question(
    "crm",
    "Which CRM?",
    AnswerType.CHOICE,
    output_schema=choice_schema(["Salesforce", "HubSpot", "Müller CRM", "5", "none"]),
    qualification_criteria={"Salesforce": "excellent", "none": "poor"},
)


def answer_with(choice: Any, key: str = "jsonSchema") -> dict[str, Any]:
    return {"type": "json_schema", key: {"choice": choice}}


TYPED = [
    (answer_with("HubSpot"), "HubSpot"),
    (answer_with("HubSpot", "json_schema"), "HubSpot"),
    (answer_with(" hubSPOT\u00a0\n"), "HubSpot"),
    (answer_with("MÜLLER crm"), "Müller CRM"),
    (answer_with(5), "5"),
    (answer_with("NONE"), "none"),
    ({"type": "json_schema", "jsonSchema": {"choice": "none", "why": "no job adverts"}}, "none"),
    ({"type": "json_schema", "jsonSchema": {"crm": "none"}}, "none"),
    ({"type": "json_schema", "jsonSchema": "none"}, "none"),
    ({"jsonSchema": {"choice": "none"}}, "none"),
    ({"type": "open_text", "open_text": {"value": "salesforce"}}, "Salesforce"),
]
UNTYPED: list[Any] = [
    answer_with("Oracle"),
    answer_with("Sales force"),
    answer_with("HubSpot, Salesforce"),
    answer_with(""),
    answer_with(["HubSpot"]),
    answer_with({"name": "HubSpot"}),
    {"type": "json_schema", "jsonSchema": {}},
    {"type": "json_schema", "jsonSchema": {"a": "none", "b": "HubSpot"}},
    {"type": "open_text", "open_text": {"value": "They use HubSpot."}},
    {"type": "list", "list": {"value": ["HubSpot"]}},
    {"type": "json_schema"},
]


@pytest.mark.parametrize(("answer", "expected"), TYPED)
def test_a_choice_is_typed(warehouse: OpenWarehouse, answer: Any, expected: str) -> None:
    """An answer that can mean one choice only is that choice, in the spelling of questions.yaml, in every view."""
    snapshot(warehouse.paths.landed_lists(COMPANIES), "accounts", "acme.com")
    load_lists(warehouse.con, warehouse.paths)
    land(warehouse.paths, "a", [raw_signal("1", answer, "json_schema")], CRM)
    assert warehouse.load(CRM) == (1, 0, 0, 0)
    for query in (
        "SELECT value FROM answers_choice WHERE question_key = 'crm'",
        "SELECT value FROM questions.crm",
        "SELECT value FROM answer_values",
        "SELECT value FROM account_answers",
        "SELECT crm FROM accounts",
    ):
        assert warehouse.rows(query) == [(expected,)], query
    assert warehouse.rows("SELECT answer_typed FROM signals") == [(True,)]
    assert warehouse.rows("SELECT count(*) FROM answers_json_schema") == [(0,)]
    for query in ("SELECT value FROM answers_choice", "SELECT value FROM questions.crm", "SELECT crm FROM accounts"):
        assert warehouse.rows(f"SELECT typeof(COLUMNS(*)) FROM ({query})") == [("VARCHAR",)]  # noqa: S608 - from above


@pytest.mark.parametrize("answer", UNTYPED)
def test_what_is_no_choice_is_kept_and_counted(warehouse: OpenWarehouse, answer: Any) -> None:
    """An answer outside the choices stays in signals as it came, is counted, and stands in no typed table."""
    land(warehouse.paths, "a", [raw_signal("1", answer, "json_schema")], CRM)
    assert warehouse.load(CRM) == (1, 0, 1, 0)
    assert warehouse.rows("SELECT answer_typed, answer_json IS NOT NULL FROM signals") == [(False, True)]
    for (table,) in warehouse.rows("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'answers_%'"):
        assert warehouse.rows(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608 - our own tables
    reason = "SELECT verdict, reason FROM qualifications"
    assert warehouse.rows(reason) == [(None, "the answer cannot be read as choice")]


def test_a_text_that_two_choices_could_be_is_none(warehouse: OpenWarehouse) -> None:
    """Where case alone does not decide, only the exact spelling is a choice."""
    both = Question("q", "?", AnswerType.CHOICE, output_schema=choice_schema(["i", "İ"]))
    signals = [
        raw_signal(choice, answer_with(choice), "json_schema", domain=f"{n}.com") for n, choice in enumerate("iİI")
    ]
    land(warehouse.paths, "a", signals, both)
    warehouse.load(both)
    assert set(warehouse.rows("SELECT signal_id, value FROM answers_choice")) >= {("i", "i"), ("İ", "İ")}


def test_a_verdict_by_the_exact_choice(warehouse: OpenWarehouse) -> None:
    """A condition is met by its choice alone, not by one whose words it holds."""
    question = Question(
        "q", "?", AnswerType.CHOICE,
        output_schema=choice_schema(["Sales", "Sales Cloud"]), qualification_criteria={"Sales": "good"},
    )  # fmt: skip
    signals = [
        raw_signal(name, answer_with(name), "json_schema", domain=f"{name[-1]}.com") for name in question.choices
    ]
    land(warehouse.paths, "a", signals, question)
    warehouse.load(question)
    assert warehouse.rows("SELECT signal_id, verdict, reason FROM qualifications ORDER BY ALL") == [
        ("Sales", "good", 'value "Sales" equals "Sales"'),
        ("Sales Cloud", None, 'value "Sales Cloud" matches no condition'),
    ]


def test_a_changed_choice_is_a_change(warehouse: OpenWarehouse) -> None:
    """Another choice is one change with both values; the same one in other letters is none."""
    for day, choice in enumerate(("HubSpot", "hubspot", "none"), start=1):
        raw = raw_signal(str(day), answer_with(choice), "json_schema", completedAt=f"2026-01-0{day}T00:00:00Z")
        land(warehouse.paths, str(day), [raw], CRM)
    warehouse.load(CRM)
    changed = "SELECT kind, old_value, new_value, signal_id FROM answer_changes"
    assert warehouse.rows(changed) == [("changed", "HubSpot", "none", "3")]


def test_a_text_question_that_became_a_choice_keeps_its_answers(warehouse: OpenWarehouse) -> None:
    """Answers to the question as text stay in signals and their table; the views show the choice alone."""
    text = Question("crm", "Which CRM?")
    old = raw_signal("1", {"type": "open_text", "open_text": {"value": "HubSpot"}}, "open_text", domain="a.com")
    land(warehouse.paths, "a", [old], text)
    warehouse.load(text)
    land(warehouse.paths, "b", [raw_signal("2", answer_with("none"), "json_schema", domain="b.com")], CRM)
    warehouse.load(CRM)
    assert warehouse.rows("SELECT signal_id, question_key FROM signals ORDER BY ALL") == [("1", None), ("2", "crm")]
    assert warehouse.rows("SELECT signal_id, value FROM answers_open_text") == [("1", "HubSpot")]
    assert warehouse.rows("SELECT subject, value FROM questions.crm") == [("b.com", "none")]


def test_a_replaced_answer_leaves_its_table(warehouse: OpenWarehouse) -> None:
    """A signal that is known in a newer state has one row, of its newest answer."""
    raw = raw_signal("1", None, "json_schema", status="processing")
    land(warehouse.paths, "a", [raw], CRM)
    warehouse.load(CRM)
    land(warehouse.paths, "b", [raw_signal("1", answer_with("none"), "json_schema")])
    assert warehouse.load(CRM) == (0, 1, 0, 0)
    land(warehouse.paths, "c", [raw_signal("1", answer_with("none"), "json_schema")], CRM)
    assert warehouse.load(CRM) == (0, 1, 0, 0)
    assert warehouse.rows("SELECT value FROM answers_choice") == [("none",)]


def test_the_catalog_of_a_warehouse_without_choices_is_kept(warehouse: OpenWarehouse, tmp_path: Path) -> None:
    """A warehouse of a version that knew no choices hands over what it knows of earlier questions."""
    old = tmp_path / "old.duckdb"
    with duckdb.connect(str(old)) as con:
        con.execute(
            "CREATE TABLE question_catalog (question_id VARCHAR, question_key VARCHAR, answer_type VARCHAR, "
            "template_id VARCHAR, template_version INTEGER)"
        )
        con.execute("INSERT INTO question_catalog VALUES ('id', 'gone', 'list', 't', 3)")
    keep_catalog(warehouse.con, old)
    assert warehouse.rows("SELECT * FROM internal.question_catalog") == [("id", None, "list", None, "t", 3)]
