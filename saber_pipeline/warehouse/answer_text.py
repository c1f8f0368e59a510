"""A typed answer as text that a person reads, as SQL over the columns of its typed table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS

if TYPE_CHECKING:
    from saber_pipeline.config.answer_types.record import AnswerType


def answer_text(answer_type: AnswerType, table: str) -> str:
    """SQL: the answer of one row of ``table``, an alias of the typed table, whose type has a text."""
    kind = ANSWER_KINDS[answer_type]
    return kind.text.format(**{column.name: f"{table}.{column.name}" for column in kind.all_columns})
