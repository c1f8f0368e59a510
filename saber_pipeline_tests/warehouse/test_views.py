"""Views: the newest answers to the questions as they are configured now."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from saber_pipeline.config.questions.question import AnswerType, Question, SubjectType
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.warehouse.list_rows import load_lists
from saber_pipeline.warehouse.views import apply_questions
from saber_pipeline_tests.warehouse.signals import boolean, land, raw_signal

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from saber_pipeline_tests.warehouse.conftest import OpenWarehouse

QUESTION = Question("q", "?", AnswerType.BOOLEAN)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "plan": {"type": "string"},
        "Plan": {"type": "string"},
        "seats": {"type": ["integer", "null"]},
        "subject": {"type": "string"},
        'odd "name/~': {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "number"}}}},
        "tier": {"enum": ["a", "b"]},
        "any": {},
    },
}


def snapshot(folder: Path, list_name: str, *domains: str) -> Path:
    """A list snapshot as the inputs write it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{list_name}.domains.parquet"
    columns = {
        "list": [list_name] * len(domains),
        "domain": list(domains),
        "row_number": list(range(1, len(domains) + 1)),
        "raw_value": list(domains),
        "attributes": ['{"region": "EU"}'] * len(domains),
    }
    pq.write_table(pa.table(columns), path)
    return path


def test_the_newest_answer_wins_and_a_newer_not_known_hides_it(warehouse: OpenWarehouse) -> None:
    """By completion time, then creation time, then id; failed and processing ones never count."""
    answers = [
        raw_signal("1", boolean(value=True), domain="a.com", completedAt="2026-01-01T00:00:00Z"),
        raw_signal("2", boolean(value=False), domain="a.com", completedAt="2026-01-02T00:00:00Z"),
        raw_signal("3", None, domain="a.com", status="failed", completedAt="2026-01-03T00:00:00Z"),
        raw_signal("4", boolean(value=True), domain="b.com", completedAt="2026-01-01T00:00:00Z"),
        raw_signal("5", None, domain="b.com", completedAt="2026-01-02T00:00:00Z"),
        raw_signal("6", boolean(value=False), domain="c.com", createdAt="2026-01-02T00:00:00Z"),
        raw_signal("7", boolean(value=True), domain="c.com", createdAt="2026-01-01T00:00:00Z"),
        raw_signal("8", boolean(value=True), domain="d.com"),
        raw_signal("9", boolean(value=False), domain="d.com"),
        raw_signal("91", boolean(value=True), domain="e.com", completedAt=None),
    ]
    land(warehouse.paths, "a", answers, QUESTION)
    warehouse.load(QUESTION)
    assert warehouse.rows("SELECT subject, value, signal_id FROM questions.q ORDER BY 1") == [
        ("a.com", False, "2"),
        ("c.com", False, "6"),
        ("d.com", False, "9"),
        ("e.com", True, "91"),
    ]
    assert warehouse.rows("SELECT signal_id FROM latest_answers ORDER BY 1") == [
        ("2",),
        ("5",),
        ("6",),
        ("9",),
        ("91",),
    ]


def test_a_renamed_key_keeps_its_answers_and_a_changed_question_does_not(warehouse: OpenWarehouse) -> None:
    """Rows follow the identity: the new key shows them, another wording shows none, NULL means nobody asks."""
    land(warehouse.paths, "a", [raw_signal("1", boolean(value=True))], QUESTION)
    warehouse.load(QUESTION)
    apply_questions(warehouse.con, [replace(QUESTION, key="renamed")])
    assert warehouse.rows("SELECT value FROM questions.renamed") == [(True,)]
    assert warehouse.rows("SELECT view_name FROM duckdb_views() WHERE schema_name = 'questions'") == [("renamed",)]
    changed = Question("renamed", "Else?", AnswerType.BOOLEAN)
    apply_questions(warehouse.con, [changed])
    assert warehouse.rows("SELECT value FROM questions.renamed") == []
    assert warehouse.rows("SELECT question_key FROM signals") == [(None,)]
    assert warehouse.rows("SELECT * FROM latest_answers") == []
    apply_questions(warehouse.con, [QUESTION, changed])
    assert warehouse.rows("SELECT question_key FROM answers_boolean") == [("q",)]


def test_keys_may_be_swapped(warehouse: OpenWarehouse) -> None:
    """Two questions that exchange their keys exchange their rows."""
    other = Question("r", "Other?", AnswerType.BOOLEAN)
    land(warehouse.paths, "a", [raw_signal("1", boolean(value=True))], QUESTION)
    land(warehouse.paths, "b", [raw_signal("2", boolean(value=False))], other)
    warehouse.load(QUESTION, other)
    apply_questions(warehouse.con, [replace(QUESTION, key="r"), replace(other, key="q")])
    assert warehouse.rows("SELECT (SELECT value FROM questions.q), (SELECT value FROM questions.r)") == [(False, True)]


def test_a_schema_becomes_typed_columns(warehouse: OpenWarehouse) -> None:
    """Each property is a column of its type; taken names are changed, values that do not fit are NULL."""
    question = Question("q", "?", AnswerType.JSON_SCHEMA, output_schema=SCHEMA)
    full = {"plan": "x", "Plan": "y", "seats": 5, "subject": "s", 'odd "name/~': [{"x": 1}], "tier": "a", "any": [1]}
    answers = [
        raw_signal("1", {"type": "json_schema", "jsonSchema": full}, "json_schema", domain="a.com"),
        raw_signal(
            "2",
            {"type": "json_schema", "jsonSchema": {"plan": None, "seats": "many", 'odd "name/~': 3}},
            "json_schema",
            domain="b.com",
        ),
    ]
    land(warehouse.paths, "a", answers, question)
    warehouse.load(question)
    described = warehouse.rows("SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'questions'")
    assert described == [
        ("subject", "VARCHAR"),
        ("plan", "VARCHAR"),
        ("Plan_2", "VARCHAR"),
        ("seats", "BIGINT"),
        ("json_schema_subject", "VARCHAR"),
        ('odd "name/~', "STRUCT(x DOUBLE)[]"),
        ("tier", "VARCHAR"),
        ("any", "JSON"),
        ("confidence", "DOUBLE"),
        ("completed_at", "TIMESTAMP"),
        ("signal_id", "VARCHAR"),
    ]
    assert warehouse.rows("SELECT * EXCLUDE (confidence, completed_at) FROM questions.q ORDER BY subject") == [
        ("a.com", "x", "y", 5, "s", [{"x": 1.0}], "a", "[1]", "1"),
        ("b.com", None, None, None, None, None, None, None, "2"),
    ]


def test_accounts_has_one_row_for_each_domain(warehouse: OpenWarehouse) -> None:
    """Domains of all lists once, with sorted lists, each company question's value, and nested ones whole."""
    money = Question("money", "How much?", AnswerType.CURRENCY)
    share = Question("share", "Share?", AnswerType.PERCENTAGE)
    people = Question("people", "Who?", AnswerType.CONTACTS)
    facts = Question("facts", "What?", AnswerType.JSON_SCHEMA, output_schema=SCHEMA)
    about_contact = Question("ada", "?", AnswerType.BOOLEAN, about=SubjectType.CONTACT)
    snapshot(warehouse.paths.landed_lists(COMPANIES), "z", "a.com", "b.com")
    snapshot(warehouse.paths.landed_lists(COMPANIES), "b", "a.com")
    load_lists(warehouse.con, warehouse.paths)
    sent = [
        (QUESTION, boolean(value=True)),
        (money, {"type": "currency", "currency": {"value": 5, "currency": "EUR"}}),
        (share, {"type": "percentage", "percentage": {"value": 7, "unit": "%"}}),
        (people, {"type": "contacts", "contacts": {"value": [{"firstName": "A"}, {"firstName": "B"}]}}),
        (facts, {"type": "json_schema", "jsonSchema": {"seats": 3}}),
    ]
    for number, (question, answer) in enumerate(sent):
        raw = raw_signal(str(number), answer, question.answer_type.value, domain="a.com")
        land(warehouse.paths, str(number), [raw], question)
    warehouse.load(QUESTION, money, share, people, facts, about_contact)
    assert warehouse.rows(
        "SELECT domain, lists, q, money, money_currency, share, share_unit, "
        "[p.first_name FOR p IN people], facts.seats FROM accounts ORDER BY domain"
    ) == [
        ("a.com", ["b", "z"], True, Decimal(5), "EUR", 7.0, "%", ["A", "B"], 3),
        ("b.com", ["z"], None, None, None, None, None, None, None),
    ]
    shown = "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'accounts'"
    assert warehouse.rows(f"{shown} AND NOT starts_with(column_name, '_company_')") == [(10,)]


@pytest.mark.parametrize("names", [["position", "seats"], ["position"], ["value"], ["value", "position"]])
def test_accounts_has_every_property_whatever_its_name(warehouse: OpenWarehouse, names: list[str]) -> None:
    """A property called as a column of other answer types is a field like any other, and one property is a struct."""
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
    question = Question("facts", "What?", AnswerType.JSON_SCHEMA, output_schema=schema)
    said = {name: f"the {name}" for name in names}
    snapshot(warehouse.paths.landed_lists(COMPANIES), "z", "a.com")
    load_lists(warehouse.con, warehouse.paths)
    raw = raw_signal("1", {"type": "json_schema", "jsonSchema": said}, "json_schema", domain="a.com")
    land(warehouse.paths, "a", [raw], question)
    warehouse.load(question)
    assert warehouse.rows("SELECT facts FROM accounts") == [(said,)]


def test_accounts_has_each_domain_as_people_write_it(warehouse: OpenWarehouse) -> None:
    """Beside the ASCII that is the key, whichever list has the name: one that an earlier version read has none.

    A question that is called like the column keeps its place.
    """
    shown = "SELECT domain, domain_unicode FROM accounts ORDER BY domain"
    for name in ("a", "m", "z"):
        snapshot(warehouse.paths.landed_lists(COMPANIES), name, "acme.com", "xn--mnchen-3ya.de")
    load_lists(warehouse.con, warehouse.paths)
    warehouse.load(QUESTION)
    for nameless in ("", "a", "z", "am", "mz"):
        warehouse.con.execute(
            "UPDATE internal.list_entries SET domain_unicode = 'münchen.de' WHERE contains(subject, 'xn')"
        )
        warehouse.con.execute(
            "UPDATE internal.list_entries SET domain_unicode = NULL WHERE contains(?, list)", [nameless]
        )
        assert warehouse.rows(shown) == [("acme.com", "acme.com"), ("xn--mnchen-3ya.de", "münchen.de")]
        every = "SELECT DISTINCT domain, domain_unicode FROM account_answers ORDER BY domain"
        assert warehouse.rows(every) == warehouse.rows(shown)

    own = Question("domain_unicode", "Has it a domain in Unicode?", AnswerType.BOOLEAN)
    land(warehouse.paths, "own", [raw_signal("own", boolean(value=True), domain="acme.com")], own)
    warehouse.load(own)
    assert warehouse.rows(shown) == [("acme.com", True), ("xn--mnchen-3ya.de", None)]
    assert "domain_unicode" not in str(warehouse.rows("DESCRIBE contacts"))


def test_everything_carries_a_comment(warehouse: OpenWarehouse) -> None:
    """Every table, view and column says what it is, for every answer type."""
    questions = [Question(f"k_{t.value}", f"It's {t.value}?", t) for t in AnswerType]
    questions.append(Question("shaped", "?", AnswerType.JSON_SCHEMA, output_schema=SCHEMA))
    apply_questions(warehouse.con, questions)
    silent = warehouse.rows(
        "SELECT table_name FROM duckdb_tables() WHERE comment IS NULL AND NOT temporary "
        "UNION ALL SELECT view_name FROM duckdb_views() WHERE comment IS NULL AND NOT internal "
        "UNION ALL SELECT table_name || '.' || column_name FROM duckdb_columns() "
        "WHERE comment IS NULL AND NOT internal AND database_name <> 'temp'"
    )
    assert silent == []
    assert len(warehouse.rows("SELECT view_name FROM duckdb_views() WHERE NOT internal")) == len(questions) + 19


def test_a_list_that_changed_or_went_is_followed(warehouse: OpenWarehouse) -> None:
    """Only changed snapshots are reloaded; rows of a list whose snapshot is gone go with it."""
    one = snapshot(warehouse.paths.landed_lists(COMPANIES), "one", "a.com", "b.com")
    snapshot(warehouse.paths.landed_lists(COMPANIES), "two", "c.com")
    assert load_lists(warehouse.con, warehouse.paths) == 2
    assert load_lists(warehouse.con, warehouse.paths) == 0
    snapshot(warehouse.paths.landed_lists(COMPANIES), "two", "c.com", "d.com", "e.com")
    assert load_lists(warehouse.con, warehouse.paths) == 1
    one.unlink()
    assert load_lists(warehouse.con, warehouse.paths) == 1
    assert warehouse.rows("SELECT list, domain, attributes ->> 'region' FROM domains ORDER BY 2") == [
        ("two", "c.com", "EU"),
        ("two", "d.com", "EU"),
        ("two", "e.com", "EU"),
    ]
