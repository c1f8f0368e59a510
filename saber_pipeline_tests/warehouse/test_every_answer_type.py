"""Every answer type is known wherever types are told apart: a part that forgets one is found here."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS, JUDGED_TYPES, TABLES
from saber_pipeline.config.questions.choices import choice_schema
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.demo.demo_tables import NESTED, SHORT, TEXTS
from saber_pipeline.sandbox.answers.generated_values import AnyAnswerType
from saber_pipeline.warehouse.conditions import read_condition, sentence_subject
from saber_pipeline.warehouse.list_rows import load_lists
from saber_pipeline_tests.warehouse.signals import land, raw_signal
from saber_pipeline_tests.warehouse.test_views import snapshot

if TYPE_CHECKING:
    from saber_pipeline_tests.warehouse.conftest import OpenWarehouse

OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}}
SCHEMAS = {AnswerType.JSON_SCHEMA: OBJECT, AnswerType.CHOICE: choice_schema(["x", "y"])}
CONDITIONS = {
    AnswerType.BOOLEAN: "yes",
    AnswerType.NUMBER: "> 1",
    AnswerType.PERCENTAGE: "> 1",
    AnswerType.CURRENCY: "> 1",
}
# Two answers that differ, as the API would give them; the first meets the condition above, or "x".
ANSWERS: dict[AnswerType, tuple[Any, Any]] = {
    AnswerType.OPEN_TEXT: ({"value": "x"}, {"value": "y"}),
    AnswerType.NUMBER: ({"value": 2}, {"value": 1}),
    AnswerType.BOOLEAN: ({"value": True}, {"value": False}),
    AnswerType.LIST: ({"value": ["x"]}, {"value": ["y"]}),
    AnswerType.PERCENTAGE: ({"value": 2, "unit": "%"}, {"value": 1, "unit": "%"}),
    AnswerType.CURRENCY: ({"value": 2, "currency": "EUR"}, {"value": 1, "currency": "EUR"}),
    AnswerType.URL: ({"value": "https://a.b/x"}, {"value": "https://a.b/y"}),
    AnswerType.CONTACTS: ({"value": [{"fullName": "x"}]}, {"value": [{"fullName": "y"}]}),
    AnswerType.CONTACTS_GENERATION: ({"value": [{"fullName": "x"}]}, {"value": [{"fullName": "y"}]}),
    AnswerType.CONTACT_POSTS: ({"value": [{"postUrl": "x"}]}, {"value": [{"postUrl": "y"}]}),
    AnswerType.CONTACT_ENGAGEMENTS: ({"value": [{"postUrl": "x"}]}, {"value": [{"postUrl": "y"}]}),
    AnswerType.JSON_SCHEMA: ({"a": "x"}, {"a": "y"}),
    AnswerType.CHOICE: ({"choice": "x"}, {"choice": "y"}),
}
# What the view answer_values leaves out: it counts values in a few words.
NOT_COUNTED = {AnswerType.URL, AnswerType.JSON_SCHEMA} | {each for each in AnswerType if "contact" in each}


def question_of(answer_type: AnswerType) -> Question:
    condition = {CONDITIONS.get(answer_type, "x"): "good"} if answer_type in JUDGED_TYPES else None
    return Question("q", "?", answer_type, output_schema=SCHEMAS.get(answer_type), qualification_criteria=condition)


def answer(answer_type: AnswerType, payload: Any) -> dict[str, Any]:
    named = (
        "contacts"
        if answer_type is AnswerType.CONTACTS_GENERATION
        else (ANSWER_KINDS[answer_type].asked_as or answer_type).value
    )
    first, *rest = named.split("_")
    return {"type": named, first + "".join(word.capitalize() for word in rest): payload}


@pytest.mark.parametrize("answer_type", AnswerType)
def test_every_part_of_the_program_knows_the_type(answer_type: AnswerType) -> None:
    """The API has what a type is sent as, the demo shows it, and a type that is judged has conditions and a text."""
    api_types = {
        name for literal in typing.get_args(AnyAnswerType) for name in (typing.get_args(literal) or (literal,))
    }
    assert (ANSWER_KINDS[answer_type].asked_as or answer_type).value in api_types
    shown_as = AnswerType.CONTACTS if answer_type is AnswerType.CONTACTS_GENERATION else answer_type
    assert shown_as in {*SHORT, *TEXTS, *NESTED, AnswerType.JSON_SCHEMA}
    assert (answer_type in JUDGED_TYPES) is bool(ANSWER_KINDS[answer_type].text)
    if answer_type in JUDGED_TYPES:
        assert read_condition(CONDITIONS.get(answer_type, "x"), "good", answer_type).test
        assert sentence_subject(answer_type)


@pytest.mark.parametrize("answer_type", AnswerType)
@pytest.mark.sweep(keep=6)
def test_every_type_is_loaded_shown_judged_and_compared(warehouse: OpenWarehouse, answer_type: AnswerType) -> None:
    """Two answers of a type stand in its table alone, and in every view that has its type."""
    question, table = question_of(answer_type), ANSWER_KINDS[answer_type].table
    api_type = (ANSWER_KINDS[answer_type].asked_as or answer_type).value
    snapshot(warehouse.paths.landed_lists(COMPANIES), "accounts", "acme.com")
    load_lists(warehouse.con, warehouse.paths)
    for day, payload in enumerate(reversed(ANSWERS[answer_type]), start=1):
        completed_at = {"completedAt": f"2026-01-0{day}T00:00:00Z"}
        # First without its question: the same signal replaces that state once its question is known.
        land(warehouse.paths, f"{day}a", [raw_signal(str(day), answer(answer_type, payload), api_type, **completed_at)])
        warehouse.load(question)
        signal = raw_signal(str(day), answer(answer_type, payload), api_type, **completed_at)
        land(warehouse.paths, f"{day}b", [signal], question)
        assert warehouse.load(question) == (0, 1, 0, 0)

    filled = {
        name: warehouse.rows(f"SELECT count(*) FROM {name}")[0][0]  # noqa: S608 - our own tables
        for name in {kind.table for kind in TABLES}
    }
    assert {name: rows for name, rows in filled.items() if rows} == {table: 2}
    assert warehouse.rows("SELECT count(*) FROM questions.q") == [(1,)]
    assert warehouse.rows("SELECT q IS NOT NULL FROM accounts") == [(True,)]
    assert warehouse.rows("SELECT outcome, value IS NOT NULL FROM account_answers") == [("answered", True)]
    assert warehouse.rows("SELECT kind, signal_id FROM answer_changes") == [("changed", "2")]
    counted = warehouse.rows("SELECT count(*) FROM answer_values")[0][0]
    assert counted == (0 if answer_type in NOT_COUNTED else 2)
    judged = warehouse.rows("SELECT verdict FROM qualifications")
    assert judged == ([("good",)] if answer_type in JUDGED_TYPES else [])


def test_every_table_and_column_has_a_comment(warehouse: OpenWarehouse) -> None:
    """Each table and view of the warehouse, and each of their columns, says what it holds."""
    silent = warehouse.rows(
        "SELECT table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary AND comment IS NULL "
        "UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal AND NOT temporary AND comment IS NULL "
        "UNION ALL SELECT table_name || '.' || column_name FROM duckdb_columns() "
        "WHERE NOT internal AND database_name = current_database() AND comment IS NULL"
    )
    assert silent == []
    made = {name for (name,) in warehouse.rows("SELECT table_name FROM duckdb_tables()")}
    assert made >= {kind.table for kind in TABLES}
