"""The views for decisions: what answers and accounts are worth, and what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.warehouse.answer_changes import answer_changes
from saber_pipeline.warehouse.qualification import account_fit, qualifications
from saber_pipeline.warehouse.sql import read_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saber_pipeline.config.questions.question import Question


def decision_views(questions: Sequence[Question]) -> list[str]:
    """Everything that makes them, in order. They read tables and each other, no view of a question."""
    return [
        qualifications(questions),
        account_fit(questions),
        answer_changes(),
        read_sql("view_decision_comments"),
        read_sql("view_spending"),
    ]
