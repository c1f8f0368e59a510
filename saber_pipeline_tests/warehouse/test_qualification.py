"""The view qualifications: the verdict on each newest answer, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.config.questions.question import AnswerType, Question, SubjectType
from saber_pipeline.warehouse.views import apply_questions
from saber_pipeline_tests.warehouse.signals import boolean, land, raw_signal

if TYPE_CHECKING:
    from saber_pipeline_tests.warehouse.conftest import OpenWarehouse

SIZES = {"< 50": "disqualified", "50-199": "neutral", "200": "good", "> 200": "excellent"}
CRMS = {"Salesforce": "excellent", "Dynamics 365": "good", "none": "disqualified", "C++": "neutral"}
JUDGED: list[tuple[str, dict[str, str], dict[str, Any], str | None, str]] = [
    ("boolean", {"yes": "good", "no": "disqualified"}, {"value": False}, "disqualified", "the answer is no"),
    ("boolean", {"no": "poor"}, {"value": True}, None, "the answer matches no condition"),
    ("number", SIZES, {"value": 42}, "disqualified", "value 42 is < 50"),
    ("number", SIZES, {"value": 50}, "neutral", "value 50 is within 50-199"),
    ("number", SIZES, {"value": 199}, "neutral", "value 199 is within 50-199"),
    ("number", SIZES, {"value": 199.5}, None, "value 199.5 matches no condition"),
    ("number", SIZES, {"value": 200}, "good", "value 200 equals 200"),
    ("number", SIZES, {"value": 200.5}, "excellent", "value 200.5 is > 200"),
    ("number", {"-10--5": "poor", ">= -5": "good"}, {"value": -7.5}, "poor", "value -7.5 is within -10--5"),
    ("number", {"0.1": "good"}, {"value": 0.1}, "good", "value 0.1 equals 0.1"),
    ("number", {"< " + "9" * 400: "good"}, {"value": 1}, "good", "value 1 is < " + "9" * 400),
    ("percentage", {"<= 0": "poor"}, {"value": 0, "unit": "%"}, "poor", "value 0 % is <= 0"),
    ("currency", {">= 5000000": "good"}, {"value": "5000000.00", "currency": "EUR"}, "good",
     "value 5000000 EUR is >= 5000000"),
    ("currency", {"0.1": "good"}, {"value": "0.10"}, "good", "value 0.1 equals 0.1"),
    ("open_text", CRMS, {"value": "They run salesforce."}, "excellent",
     'value "They run salesforce." holds "Salesforce"'),
    ("open_text", CRMS, {"value": "Salesforces"}, None, 'value "Salesforces" matches no condition'),
    ("open_text", CRMS, {"value": "dynamics\n365"}, "good", 'value "dynamics\n365" holds "Dynamics 365"'),
    ("open_text", CRMS, {"value": "Uses C++."}, "neutral", 'value "Uses C++." holds "C++"'),
    ("open_text", {"営業": "good"}, {"value": "法人営業部"}, "good", 'value "法人営業部" holds "営業"'),
    ("open_text", {"Müller": "good"}, {"value": "bei MÜLLER"}, "good", 'value "bei MÜLLER" holds "Müller"'),
    ("open_text", {"o'Brien $1 \\d": "good"}, {"value": "O'BRIEN $1 \\D"}, "good",
     'value "O\'BRIEN $1 \\D" holds "o\'Brien $1 \\d"'),
    ("open_text", {"x": "good"}, {"value": "x " * 99}, "good", f'value "{"x " * 50}…" holds "x"'),
    ("url", {"/careers": "good"}, {"value": "https://a.b/Careers/1"}, "good",
     'value "https://a.b/Careers/1" holds "/careers"'),
    ("list", CRMS, {"value": ["Zoho", "Salesforce CRM"]}, "excellent",
     'value "Zoho, Salesforce CRM" holds "Salesforce"'),
    ("list", CRMS, {"value": ["Zoho", "SAP"]}, None, 'value "Zoho, SAP" matches no condition'),
    ("list", CRMS, {"value": []}, None, 'value "" matches no condition'),
]  # fmt: skip


@pytest.fixture(scope="module")
def judged(shared: OpenWarehouse) -> OpenWarehouse:
    """Every case above is a question of its own, answered once."""
    questions = [
        Question(f"q{number}", f"{number}?", AnswerType(answer_type), qualification_criteria=criteria)
        for number, (answer_type, criteria, *_) in enumerate(JUDGED)
    ]
    for number, (answer_type, _, payload, *_) in enumerate(JUDGED):
        answer = {"type": answer_type, answer_type: payload}
        land(shared.paths, f"q{number}", [raw_signal(f"s{number}", answer, answer_type)], questions[number])
    shared.load(*questions)
    return shared


@pytest.mark.parametrize("number", range(len(JUDGED)))
def test_a_condition_gives_its_verdict(judged: OpenWarehouse, number: int) -> None:
    """Each kind of condition is met by what it says, without regard to case, and the reason names it and the value."""
    found = judged.rows(f"SELECT verdict, reason FROM qualifications WHERE question_key = 'q{number}'")  # noqa: S608
    assert found == [JUDGED[number][3:]]


def test_the_worst_verdict_wins_and_hides_no_other(warehouse: OpenWarehouse) -> None:
    """Of several conditions met, disqualified comes first and own words last; the reason names them all."""
    criteria = {"a": "excellent", "b": "rival", "c": "neutral", "d": "disqualified", "e": "partner"}
    question = Question("q", "?", AnswerType.LIST, qualification_criteria=criteria)
    answers = {"a.com": ["a", "b", "c", "d"], "b.com": ["b", "a"], "c.com": ["e", "b"]}
    signals = [
        raw_signal(domain, {"type": "list", "list": {"value": items}}, "list", domain=domain)
        for domain, items in answers.items()
    ]
    land(warehouse.paths, "a", signals, question)
    warehouse.load(question)
    assert warehouse.rows('SELECT verdict, "condition", reason FROM qualifications ORDER BY subject') == [
        ("disqualified", "d", 'value "a, b, c, d" holds "d"; also met: c (neutral), a (excellent), b (rival)'),
        ("excellent", "a", 'value "b, a" holds "a"; also met: b (rival)'),
        ("rival", "b", 'value "e, b" holds "b"; also met: e (partner)'),
    ]


def test_answers_without_a_verdict_are_there(warehouse: OpenWarehouse) -> None:
    """Not known, unreadable and unmatched answers have a row that says so; failed and unasked pairs have none."""
    question = Question("q", "?", AnswerType.NUMBER, qualification_criteria={"> 9": "good"}, weight="important")
    signals = [
        raw_signal("1", None, "number", domain="a.com"),
        raw_signal("2", {"type": "number", "number": {"value": "about 5"}}, "number", domain="b.com"),
        raw_signal("3", {"type": "number", "number": {"value": 5}}, "number", domain="c.com"),
        raw_signal("4", None, "number", domain="d.com", status="failed"),
    ]
    land(warehouse.paths, "a", signals, question)
    warehouse.load(question)
    assert warehouse.rows("SELECT * EXCLUDE (completed_at) FROM qualifications ORDER BY subject") == [
        ("company", "a.com", "q", "important", None, "not known", None, None, "1"),
        ("company", "b.com", "q", "important", None, "the answer cannot be read as number", None, None, "2"),
        ("company", "c.com", "q", "important", None, "value 5 matches no condition", None, "5", "3"),
    ]


def test_it_follows_the_newest_answer_and_the_criteria(warehouse: OpenWarehouse) -> None:
    """A newer answer replaces the verdict, a newer not known removes it, and changed criteria judge at once."""
    question = Question("q", "?", AnswerType.BOOLEAN, qualification_criteria={"yes": "good", "no": "poor"})
    verdicts = "SELECT verdict, weight, signal_id FROM qualifications"
    land(warehouse.paths, "a", [raw_signal("1", boolean(value=True), completedAt="2026-01-01T00:00:00Z")], question)
    warehouse.load(question)
    assert warehouse.rows(verdicts) == [("good", "nice_to_have", "1")]
    land(warehouse.paths, "b", [raw_signal("2", boolean(value=False), completedAt="2026-01-02T00:00:00Z")], question)
    warehouse.load(question)
    assert warehouse.rows(verdicts) == [("poor", "nice_to_have", "2")]
    changed = replace(question, weight="important", qualification_criteria={"no": "excellent"})
    apply_questions(warehouse.con, [changed])
    assert warehouse.rows(verdicts) == [("excellent", "important", "2")]
    land(warehouse.paths, "c", [raw_signal("3", None, completedAt="2026-01-03T00:00:00Z")], question)
    warehouse.load(changed)
    assert warehouse.rows(verdicts) == [(None, "important", "3")]


def test_contacts_are_judged_too(warehouse: OpenWarehouse) -> None:
    """A question about contacts has its verdicts beside those about companies."""
    criteria = {"yes": "good"}
    question = Question("q", "?", AnswerType.BOOLEAN, about=SubjectType.CONTACT, qualification_criteria=criteria)
    url = "https://www.linkedin.com/in/ada"
    signal = raw_signal("1", boolean(value=True), signalType="CONTACT", contactProfileUrl=url, domain=None)
    land(warehouse.paths, "a", [signal], question)
    warehouse.load(question)
    assert warehouse.rows("SELECT subject_type, subject, verdict FROM qualifications") == [("contact", url, "good")]


def test_without_criteria_the_view_is_empty(warehouse: OpenWarehouse) -> None:
    """No question with criteria, or no question at all: the view is there, with its columns."""
    assert warehouse.load(Question("q", "?", AnswerType.BOOLEAN, weight="important")) == (0, 0, 0, 0)
    columns = "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'qualifications'"
    before = warehouse.rows(columns)
    assert warehouse.rows("SELECT * FROM qualifications") == []
    warehouse.load(Question("q", "?", AnswerType.BOOLEAN, qualification_criteria={"yes": "good"}))
    assert warehouse.rows(columns) == before
    warehouse.load()
    assert warehouse.rows("SELECT * FROM qualifications") == []
