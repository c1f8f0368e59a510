"""The view account_fit: the score of each account, and everything that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.config.questions.question import AnswerType, Question, SubjectType
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.warehouse.list_rows import load_lists
from saber_pipeline.warehouse.views import apply_questions
from saber_pipeline_tests.warehouse.signals import boolean, land, raw_signal
from saber_pipeline_tests.warehouse.test_views import snapshot

if TYPE_CHECKING:
    from saber_pipeline_tests.warehouse.conftest import OpenWarehouse

CRM = Question(
    "crm", "1?", AnswerType.BOOLEAN, weight="important", qualification_criteria={"yes": "good", "no": "disqualified"}
)
HIRING = Question(
    "hiring",
    "2?",
    AnswerType.BOOLEAN,
    weight="nice_to_have",
    qualification_criteria={"yes": "excellent", "no": "neutral"},
)
SIZE = Question("size", "3?", AnswerType.BOOLEAN, qualification_criteria={"yes": "excellent", "no": "rival"})
BLOG = Question("blog", "4?", AnswerType.BOOLEAN, weight="not_important", qualification_criteria={"no": "poor"})
OWN_WORDS = Question(
    "segment", "5?", AnswerType.BOOLEAN, weight="important", qualification_criteria={"yes": "smb", "no": "enterprise"}
)
UNJUDGED = Question("pitch", "6?", AnswerType.BOOLEAN, weight="important")
ABOUT_CONTACT = Question(
    "ada", "7?", AnswerType.BOOLEAN, about=SubjectType.CONTACT, qualification_criteria={"yes": "excellent"}
)
QUESTIONS = (CRM, HIRING, SIZE, BLOG, OWN_WORDS, UNJUDGED, ABOUT_CONTACT)  # fmt: skip


def answered(warehouse: OpenWarehouse, domain: str, **answers: bool | None) -> None:
    """Put ``domain`` on a list and land its answers, by question key. None: not known."""
    snapshot(warehouse.paths.landed_lists(COMPANIES), domain.replace(".", "_"), domain)
    for question in QUESTIONS:
        if question.key in answers:
            value = answers[question.key]
            answer = None if value is None else boolean(value=value)
            name = f"{domain} {question.key}".replace(" ", "-")
            land(warehouse.paths, name, [raw_signal(name, answer, domain=domain)], question)


def fit(warehouse: OpenWarehouse, columns: str) -> tuple[Any, ...]:
    """These columns of the only account, with all questions."""
    load_lists(warehouse.con, warehouse.paths)
    warehouse.load(*QUESTIONS)
    (row,) = warehouse.rows(f"SELECT {columns} FROM account_fit")  # noqa: S608 - a test's own columns
    return row


@pytest.mark.sweep(keep=4)
@pytest.mark.parametrize(
    ("answers", "score", "tier"),
    [
        ({"crm": True, "hiring": False, "size": True, "blog": False}, 69.4, "B"),  # (300 + 100 + 200 + 25) / 9
        ({"crm": True, "hiring": True}, 83.3, "A"),  # (300 + 200) / 6: what is missing does not count
        ({"hiring": False}, 50.0, "C"),
        ({"blog": False}, 25.0, "D"),
        ({"crm": False, "hiring": True, "size": True}, 0.0, "disqualified"),
        ({"hiring": True, "size": False}, 100.0, "A"),  # own words are no points, and weigh nothing
        ({"size": False, "segment": True}, None, None),
        ({"crm": None, "blog": True, "pitch": True}, None, None),
        ({}, None, None),
    ],
)
def test_the_score_is_the_weighted_mean(
    warehouse: OpenWarehouse, answers: dict[str, bool | None], score: float | None, tier: str | None
) -> None:
    """Points by weight over what has points; one disqualified answer makes it 0, nothing scored makes it NULL."""
    answered(warehouse, "a.com", **answers)
    assert fit(warehouse, "score, tier") == (score, tier)


@pytest.mark.parametrize(
    ("answers", "coverage", "missing"),
    [
        ({"crm": True, "hiring": True, "size": True, "blog": False}, 1.0, []),
        ({"crm": True, "size": False}, 0.6667, ["hiring", "blog"]),  # (4 + 2) / 9: own words are verdicts
        ({"crm": None, "hiring": True, "blog": True}, 0.2222, ["crm", "size", "blog"]),  # blog: no condition met
        ({"segment": True, "pitch": True}, 0.0, ["crm", "hiring", "size", "blog"]),
        ({}, 0.0, ["crm", "hiring", "size", "blog"]),
    ],
)
def test_what_is_missing_lowers_coverage(
    warehouse: OpenWarehouse, answers: dict[str, bool | None], coverage: float, missing: list[str]
) -> None:
    """Coverage is the weight of the scored questions with a verdict; the others are named, in the file's order."""
    answered(warehouse, "a.com", **answers)
    assert fit(warehouse, "coverage, missing") == (coverage, missing)


def test_every_verdict_is_shown_with_its_signal(warehouse: OpenWarehouse) -> None:
    """The list holds what made the score, own words with it; disqualifiers are named."""
    answered(warehouse, "a.com", crm=False, size=False, segment=True, pitch=True)
    expected = [("crm", "disqualified", 0, 4), ("size", "rival", None, 2), ("segment", "smb", None, 0)]
    names = ("question_key", "verdict", "points", "weight")
    assert fit(warehouse, "domain, lists, disqualifiers, verdicts") == (
        "a.com",
        ["a_com"],
        ["crm"],
        [dict(zip(names, values, strict=True)) | {"signal_id": f"a.com-{values[0]}"} for values in expected],
    )


def test_one_row_for_each_domain_of_the_lists(warehouse: OpenWarehouse) -> None:
    """A domain of two lists, one without answers, and answers about a domain of no list: one, one and no row."""
    snapshot(warehouse.paths.landed_lists(COMPANIES), "z", "a.com", "b.com")
    snapshot(warehouse.paths.landed_lists(COMPANIES), "b", "a.com")
    load_lists(warehouse.con, warehouse.paths)
    signals = [raw_signal(d, boolean(value=True), domain=d) for d in ("a.com", "gone.com")]
    land(warehouse.paths, "a", signals, CRM)
    warehouse.load(*QUESTIONS)
    assert warehouse.rows("SELECT domain, lists, score, verdicts FROM account_fit ORDER BY domain") == [
        (
            "a.com",
            ["b", "z"],
            75.0,
            [{"question_key": "crm", "verdict": "good", "points": 75, "weight": 4, "signal_id": "a.com"}],
        ),
        ("b.com", ["z"], None, []),
    ]


def test_without_criteria_accounts_are_unscored(warehouse: OpenWarehouse) -> None:
    """No question with criteria: each account has its row, of the same types, without a score or coverage."""
    columns = "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'account_fit'"
    snapshot(warehouse.paths.landed_lists(COMPANIES), "a", "a.com")
    load_lists(warehouse.con, warehouse.paths)
    warehouse.load(*QUESTIONS)
    before = warehouse.rows(columns)
    for questions in ((UNJUDGED, ABOUT_CONTACT), ()):
        apply_questions(warehouse.con, questions)
        assert warehouse.rows("SELECT * FROM account_fit") == [("a.com", ["a"], None, None, None, [], [], [])]
        assert warehouse.rows(columns) == before
