"""``reviews.csv``: decisions are read by the question's type, and what cannot be used is named with its line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from saber_pipeline.config.questions.choices import choice_schema
from saber_pipeline.config.questions.question import AnswerType, Question, SubjectType
from saber_pipeline.inputs.reviews_file import Decision, Review, read_reviews

HEADCOUNT = Question("headcount", "?", AnswerType.NUMBER)
CRM = Question("crm", "?", AnswerType.CHOICE, output_schema=choice_schema(["accept", "HubSpot"]))
PEOPLE = Question("people", "?", AnswerType.CONTACTS)
ROLE = Question("role", "?", about=SubjectType.CONTACT)
HEADER = "domain,question,value,who,when\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file."""
    return tmp_path / "reviews.csv"


def read(file: Path, text: str) -> tuple[list[Review], list[str]]:
    """The usable rows, and the problems as sentences."""
    file.write_text(text)
    reviews, problems = read_reviews(file, (HEADCOUNT, CRM, PEOPLE, ROLE))
    return reviews, [str(problem) for problem in problems]


def test_a_row_accepts_rejects_or_gives_a_value(file: Path) -> None:
    """Words in any case, values by the question's type, domains as in lists."""
    reviews, problems = read(
        file,
        f"{HEADER}https://acme.com/x,headcount,Accept,ada,2026-03-31T14:30:00+02:00\n"
        "globex.com,headcount,rejected,,2026-03-31 14:30\n"
        'initech.com,headcount,"1,200",ben,2026-03-31\n'
        "hooli.com,people,reject,ben,2026-03-31\n",
    )
    assert problems == []
    assert [(each.domain, each.decision, each.told and each.told.text, each.who) for each in reviews] == [
        ("acme.com", Decision.ACCEPT, None, "ada"),
        ("globex.com", Decision.REJECT, None, None),
        ("initech.com", Decision.VALUE, "1200", "ben"),
        ("hooli.com", Decision.REJECT, None, "ben"),
    ]
    assert [each.when for each in reviews[:3]] == [
        datetime(2026, 3, 31, 12, 30),  # noqa: DTZ001 - naive UTC, as the tables have it
        datetime(2026, 3, 31, 14, 30),  # noqa: DTZ001 - likewise
        datetime(2026, 3, 31, 23, 59, 59, 999_999),  # noqa: DTZ001 - a day is its end
    ]


def test_a_value_that_is_such_a_word_needs_the_other_column(file: Path) -> None:
    """A choice named accept is that choice; the column `decision` says what is meant."""
    reviews, problems = read(
        file,
        "domain,question,decision,value,when\n"
        "a.com,crm,,accept,2026-03-31\nb.com,crm,accept,,2026-03-31\nc.com,crm,value,accept,2026-03-31\n",
    )
    assert problems == []
    assert [each.decision for each in reviews] == [Decision.VALUE, Decision.ACCEPT, Decision.VALUE]


def test_what_is_wrong_stops_itself_only(file: Path) -> None:
    """Each row that cannot be used is named with its line, its column and what is allowed; the others count."""
    reviews, problems = read(
        file,
        f"{HEADER}not a domain,headcount,accept,ada,2026-03-31\n"
        "acme.com,headcont,accept,ada,2026-03-31\n"
        "acme.com,role,accept,ada,2026-03-31\n"
        "acme.com,headcount,many,ada,2026-03-31\n"
        "acme.com,headcount,,ada,2026-03-31\n"
        "acme.com,people,Ada Lovelace,ada,2026-03-31\n"
        "acme.com,headcount,accept,ada,31.3.2026\n"
        "acme.com,headcount,accept,ada,\n"
        "acme.com,headcount,12,ada,2026-03-31\n",
    )
    assert [each.line for each in reviews] == [10]
    assert [problem.split(":")[0] for problem in problems] == [
        "reviews.csv, line 2, column domain",
        "reviews.csv, line 3, column question",
        "reviews.csv, line 4, column question",
        "reviews.csv, line 5, column value",
        "reviews.csv, line 6, column value",
        "reviews.csv, line 7, column value",
        "reviews.csv, line 8, column when",
        "reviews.csv, line 9, column when",
    ]
    assert "did you mean 'headcount'?" in problems[1]
    assert "about contacts" in problems[2]
    assert "accept, reject, or the value" in problems[4]
    assert "a day such as 2026-03-31" in problems[6]


def test_a_file_without_its_columns_says_which(file: Path) -> None:
    """Nothing of it is used."""
    reviews, problems = read(file, "domain,who\nacme.com,ada\n")
    assert reviews == []
    assert [problem.split(" so ")[0] for problem in problems] == [
        f"reviews.csv, line 1: it has no column `{name}`," for name in ("question", "when", "value")
    ]


def test_no_file_is_no_review(tmp_path: Path) -> None:
    """Nobody has to review anything."""
    assert read_reviews(tmp_path / "reviews.csv", (HEADCOUNT,)) == ([], [])
