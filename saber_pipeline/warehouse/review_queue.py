"""The view ``review_queue``: the answers that a person should look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS
from saber_pipeline.config.questions.criteria_forms import conditions_of
from saber_pipeline.config.questions.question import SubjectType
from saber_pipeline.warehouse.qualification import verdict_cases
from saber_pipeline.warehouse.quality import sql_numbers, sql_texts, view_comments
from saber_pipeline.warehouse.sql import fill_sql, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saber_pipeline.config.questions.question import Question

_QUEUE_MEANINGS = {
    "": "Answers about companies that a person should look at: too little confidence, researched without LinkedIn, "
    "without a source, or with another verdict than before. What reviews.csv decides about is not among them.",
    "domain": "Company domain (lower case, ASCII).",
    "question_key": "Key in questions.yaml.",
    "question": "The question.",
    "reason": "Why it stands here, as a sentence.",
    "reasons": "The same for filters: low_confidence, degraded, no_source, verdict_changed.",
    "value": "The newest answer as text, as account_answers has it.",
    "confidence": "The API's confidence in the answer, 0 to 1.",
    "source_url": "The answer's first source.",
    "since": "When the API finished the answer, UTC: from then on it stands here.",
    "signal_id": "The signal; joins to signals, sources and changes.",
}


def review_queue(questions: Sequence[Question]) -> list[str]:
    """Everything that makes the view, with its comments. It reads ``account_answers``."""
    asked = [question for question in questions if question.about is SubjectType.COMPANY]
    return [
        fill_sql(
            "view_review_queue",
            keys=sql_texts(question.key for question in asked),
            titles=sql_texts(question.title for question in asked),
            least=sql_numbers(question.min_confidence for question in asked),
            branches="".join(_turned(question) for question in asked if conditions_of(question)),
        ),
        *view_comments("review_queue", _QUEUE_MEANINGS),
    ]


def _turned(question: Question) -> str:
    tests, verdicts = verdict_cases(question)
    return fill_sql(
        "view_review_queue_turned",
        key=literal(question.key),
        table=ANSWER_KINDS[question.answer_type].table,
        tests=tests,
        verdicts=verdicts,
    )
