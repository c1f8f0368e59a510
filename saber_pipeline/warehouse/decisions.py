"""The views for decisions: what answers and accounts are worth, and what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import TABLES
from saber_pipeline.config.answer_types.record import Items, ItemsSql
from saber_pipeline.warehouse.answer_text import answer_text
from saber_pipeline.warehouse.qualification import account_fit, qualifications
from saber_pipeline.warehouse.sql import fill_sql, read_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saber_pipeline.config.answer_types.record import AnswerKind
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


_OF_VERSIONS = "WHERE signal_id IN (SELECT signal_id FROM versions)"


def answer_changes() -> str:
    """The statement that makes the view. It is the same whatever the questions are."""
    return fill_sql(
        "view_answer_changes",
        answers="\n    UNION ALL\n    ".join(_answers(kind) for kind in TABLES if isinstance(kind.said, str)),
        items="\n    UNION ALL\n    ".join(_items(kind) for kind in TABLES if not isinstance(kind.said, str)),
    )


def _answers(kind: AnswerKind) -> str:
    number = "value::DOUBLE" if kind.is_numeric else "NULL::DOUBLE"
    divider = kind.second.column.name if kind.second and kind.second.divides else "NULL"
    return (
        f"SELECT signal_id, {kind.said} AS said, {answer_text(kind.type, 'answer')} AS shown, "  # noqa: S608 - names of ours
        f"{number} AS number, {divider} AS currency, NULL AS items FROM main.{kind.table} AS answer {_OF_VERSIONS}"
    )


def _items(kind: AnswerKind) -> str:
    if isinstance(kind.said, ItemsSql):
        return fill_sql(kind.said.file)
    assert isinstance(kind.said, Items)  # noqa: S101 - for mypy: texts are asked for above
    names = f"{kind.said.name} AS name, {kind.said.content} AS content, {kind.said.label} AS label"
    return f'SELECT signal_id, {names}, "position" AS place FROM main.{kind.table} {_OF_VERSIONS}'  # noqa: S608 - likewise
