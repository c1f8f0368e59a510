"""The view ``answer_changes``: what each version of an answer says that the one before it did not."""

from __future__ import annotations

from saber_pipeline.config.questions.question import AnswerType
from saber_pipeline.warehouse.readable import readable
from saber_pipeline.warehouse.sql import fill_sql

SHOWN_BY_ITSELF = (AnswerType.BOOLEAN, AnswerType.NUMBER, AnswerType.PERCENTAGE, AnswerType.CURRENCY)


def answer_changes() -> str:
    """The statement that makes the view. It is the same whatever the questions are."""
    return fill_sql("view_answer_changes", **{each.value: readable(each, "answer") for each in SHOWN_BY_ITSELF})
