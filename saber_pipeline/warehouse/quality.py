"""The views about answers' quality: whether they are right, and ``review_queue``, which a person should look at."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS, JUDGED_TYPES
from saber_pipeline.config.questions.criteria_forms import conditions_of
from saber_pipeline.config.questions.question import SubjectType
from saber_pipeline.warehouse.answer_equality import comparable_answers, comparable_truth, verdict
from saber_pipeline.warehouse.qualification import verdict_cases
from saber_pipeline.warehouse.remarks import view_sql
from saber_pipeline.warehouse.sql import fill_sql, literal, literals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from saber_pipeline.config.questions.question import Question


def quality_views(questions: Sequence[Question]) -> list[str]:
    """Everything that makes them, with their comments. They read tables and each other."""
    asked = [question for question in questions if question.about is SubjectType.COMPANY]
    compared = [question for question in asked if question.answer_type in JUDGED_TYPES]
    pairs = [(a, b) for a, b in combinations(compared, 2) if a.answer_type is b.answer_type]
    tolerance = "pairs.tolerance"
    return [
        *view_sql(
            "view_answer_checks",
            truth=comparable_truth(),
            answers=comparable_answers(),
            keys=literals(question.key for question in compared),
            tolerances=_numbers(question.tolerance for question in compared),
            verdict=verdict("said", "told", "rules.tolerance"),
        ),
        *view_sql(
            "view_question_quality",
            keys=literals(question.key for question in asked),
            expected=_numbers(question.expected_accuracy for question in asked),
            numbers=_numbers(range(len(asked))),
        ),
        *view_sql(
            "view_question_comparison",
            firsts=literals(a.key for a, _ in pairs),
            seconds=literals(b.key for _, b in pairs),
            tolerances=_numbers(max(a.tolerance, b.tolerance) for a, b in pairs),
            answers=comparable_answers(),
            truth=comparable_truth(),
            agreement=verdict("a", "b", tolerance, base="greatest(abs(a.number), abs(b.number))"),
            verdict_a=verdict("a", "told", tolerance),
            verdict_b=verdict("b", "told", tolerance),
        ),
    ]


def _numbers(numbers: Iterable[float | None]) -> str:
    """Numbers as a list in SQL."""
    return f"[{', '.join('NULL' if number is None else repr(number) for number in numbers)}]"


def review_queue(questions: Sequence[Question]) -> list[str]:
    """Everything that makes the view, with its comments. It reads ``account_answers``."""
    asked = [question for question in questions if question.about is SubjectType.COMPANY]
    return view_sql(
        "view_review_queue",
        keys=literals(question.key for question in asked),
        titles=literals(question.title for question in asked),
        least=_numbers(question.min_confidence for question in asked),
        branches="".join(_turned(question) for question in asked if conditions_of(question)),
    )


def _turned(question: Question) -> str:
    tests, verdicts = verdict_cases(question)
    return fill_sql(
        "view_review_queue_turned",
        key=literal(question.key),
        table=ANSWER_KINDS[question.answer_type].table,
        tests=tests,
        verdicts=verdicts,
    )
