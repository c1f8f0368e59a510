"""``reviews.csv``: decisions of reviewers about answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from saber_pipeline.config.questions.mistakes import quote, suggestion
from saber_pipeline.config.questions.question import SubjectType
from saber_pipeline.inputs.columns import plain_name
from saber_pipeline.inputs.truth_and_review_files import (
    FileProblem,
    ToldTable,
    domain_column,
    domain_of,
    read_told_table,
)
from saber_pipeline.inputs.truth_values import ToldValue, ToldValueError, read_told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from saber_pipeline.config.questions.question import Question

HEADERS = {
    "question": ("questionkey", "question", "key"),
    "value": ("value", "valueoracceptreject", "answer"),
    "decision": ("decision", "acceptreject", "acceptorreject"),
    "who": ("who", "by", "reviewer", "reviewedby"),
    "when": ("when", "reviewedat", "date", "at"),
}
"""Names of each column, best first, in lower case without spaces and punctuation."""
_COLUMNS = "domain, question, value, who, when"


class Decision(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"
    VALUE = "value"  # another value holds


_WORDS = {
    "accept": Decision.ACCEPT,
    "accepted": Decision.ACCEPT,
    "reject": Decision.REJECT,
    "rejected": Decision.REJECT,
}


@dataclass(frozen=True)
class Review:
    """A person's decision about the answer to one question about one company; ``when`` is naive UTC."""

    domain: str
    question: Question
    decision: Decision
    told: ToldValue | None
    who: str | None
    when: datetime
    line: int


def read_reviews(path: Path, questions: Sequence[Question]) -> tuple[list[Review], list[FileProblem]]:
    """Every usable row, and what is left out. No file is no review."""
    if not path.exists():
        return [], []
    table = read_told_table(path, path.name)
    reviews = list(_reviews(table, {question.key: question for question in questions})) if table.header else []
    return reviews, table.problems


def _reviews(table: ToldTable, questions: Mapping[str, Question]) -> list[Review]:
    place = domain_column(table)
    columns = _columns(table)
    missing = [name for name in ("question", "when") if name not in columns]
    if "value" not in columns and "decision" not in columns:
        missing.append("value")
    for name in missing:
        table.complain(1, f"it has no column `{name}`, so the file is not used; the columns are {_COLUMNS}")
    if place is None or missing:
        return []
    found = []
    for line, cells in table.rows:
        row = {name: cells[index] for name, index in columns.items()}
        review = _review(table, line, cells[place], row, questions)
        if review is not None:
            found.append(review)
    return found


def _columns(table: ToldTable) -> dict[str, int]:
    plain = [plain_name(header) for header in table.header]
    return {
        name: plain.index(spelling)
        for name, spellings in HEADERS.items()
        if (spelling := next((each for each in spellings if each in plain), None)) is not None
    }


def _review(
    table: ToldTable, line: int, domain_cell: str, row: Mapping[str, str], questions: Mapping[str, Question]
) -> Review | None:
    domain = domain_of(table, line, domain_cell, "domain")
    question = _question(table, line, row["question"], questions)
    when = _when(table, line, row["when"])
    if domain is None or question is None or when is None:
        return None
    try:
        decision, told = _decision(row, question)
    except ToldValueError as wrong:
        table.complain(line, str(wrong), column="value", value=row.get("value"))
        return None
    return Review(domain, question, decision, told, row.get("who") or None, when, line)


def _question(table: ToldTable, line: int, cell: str, questions: Mapping[str, Question]) -> Question | None:
    question = questions.get(cell) or questions.get(cell.lower())
    if question is None:
        named = quote(cell) if cell else "nothing"
        problem = f"found {named}{suggestion(cell, questions)}; allowed is a key of questions.yaml"
    elif question.about is not SubjectType.COMPANY:
        problem, question = "the question is about contacts; reviews are about companies", None
    else:
        return question
    table.complain(line, problem, column="question", value=cell)
    return None


def _decision(row: Mapping[str, str], question: Question) -> tuple[Decision, ToldValue | None]:
    """Raises ToldValueError where it is neither a decision nor a value of the question's type."""
    value, said = row.get("value", ""), row.get("decision", "").lower()
    if said and said not in {*_WORDS, Decision.VALUE}:
        raise ToldValueError(f"found the decision {quote(said)}; allowed is accept, reject or value")
    if said in _WORDS:
        return _WORDS[said], None
    # A choice or a text may be such a word itself: then the column `decision` says which is meant.
    if not said and value.lower() in _WORDS and value not in question.choices:
        return _WORDS[value.lower()], None
    if not value:
        raise ToldValueError("found nothing; allowed is accept, reject, or the value that holds")
    return Decision.VALUE, read_told(value, question)


def _when(table: ToldTable, line: int, cell: str) -> datetime | None:
    """A day means its end: whoever names it has seen what was answered on it."""
    try:
        try:
            day = date.fromisoformat(cell)
        except ValueError:
            moment = datetime.fromisoformat(cell)
            return (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None)
        return datetime.combine(day, time()) + timedelta(days=1) - timedelta(microseconds=1)
    except (ValueError, OverflowError):
        found = quote(cell) if cell else "nothing"
        table.complain(
            line,
            f"found {found}; allowed is a day such as 2026-03-31, or a time such as 2026-03-31 14:30 (UTC)",
            column="when",
            value=cell,
        )
        return None
