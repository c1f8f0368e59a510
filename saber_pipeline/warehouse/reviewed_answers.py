"""A reviewer's decision in place of the answer: SQL over the table ``reviews``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS, JUDGED_TYPES
from saber_pipeline.config.questions.question import SubjectType
from saber_pipeline.warehouse.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saber_pipeline.config.questions.question import Question


def reviewed_relation(question: Question, view: str, columns: Sequence[str]) -> str:
    """SQL with the ``subject`` and ``columns`` of ``view``, in which a reviewed value replaces the answer.

    A rejected answer has no row. Reviews are about companies.
    """
    if question.about is not SubjectType.COMPANY:
        return view
    names = ["subject", *columns]
    answers = f"SELECT {', '.join(map(identifier, names))} FROM {view} WHERE {not_replaced(question)}"  # noqa: S608 - quoted
    if question.answer_type not in JUDGED_TYPES:
        return f"({answers})"
    told = ", ".join(f"review.{_column(question, name)}" for name in names)
    return f"({answers} UNION ALL SELECT {told} FROM main.reviews AS review WHERE {_holds(question, '= ' + _VALUE)})"  # noqa: S608 - quoted


def reviewed_answers(question: Question, more: Sequence[str]) -> str:
    """SQL for the view of a question's verdicts: a row for each review that stands in place of an answer.

    ``more``: columns beside the value. Nothing for questions about contacts.
    """
    if question.about is not SubjectType.COMPANY or question.answer_type not in JUDGED_TYPES:
        return ""
    value = ", ".join(_column(question, name) for name in ("value", *more))
    return (
        "UNION ALL SELECT 'company', domain, CASE WHEN decision = 'value' THEN true END, reviewed_at, signal_id, "  # noqa: S608 - quoted
        f"{value} FROM main.reviews WHERE {_holds(question, '<> ' + _ACCEPT)}"
    )


def not_replaced(question: Question, subject: str = "subject") -> str:
    """SQL: whether no review stands in place of the answer about ``subject``."""
    if question.about is not SubjectType.COMPANY:
        return "true"
    return f"{subject} NOT IN (SELECT domain FROM main.reviews WHERE {_holds(question, '<> ' + _ACCEPT)})"  # noqa: S608 - quoted


def has_told_value(question: Question, subject: str) -> str:
    """SQL: whether a review gives the value about ``subject``."""
    if question.about is not SubjectType.COMPANY:
        return "false"
    return f"{subject} IN (SELECT domain FROM main.reviews WHERE {_holds(question, '= ' + _VALUE)})"  # noqa: S608 - quoted


_ACCEPT, _VALUE = "'accept'", "'value'"


def _holds(question: Question, decision: str) -> str:
    return f"holds AND decision {decision} AND question_key = {literal(question.key)}"


def _column(question: Question, name: str) -> str:
    """The column of ``reviews`` that gives a column of the question's view."""
    if name == "subject":
        return "domain"
    return ANSWER_KINDS[question.answer_type].reviewed if name == "value" else "unit"
