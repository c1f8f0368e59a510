"""The views over the answers of every type, made of the types' records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import TABLES, second_column
from saber_pipeline.config.answer_types.record import BANDS, TENS, Items, ItemsSql
from saber_pipeline.config.questions.question import SubjectType
from saber_pipeline.warehouse.gated_questions import gated_keys
from saber_pipeline.warehouse.remarks import view_sql
from saber_pipeline.warehouse.sql import fill_sql, identifier, literals, one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saber_pipeline.config.answer_types.record import AnswerKind
    from saber_pipeline.config.questions.question import Question

_TENS = "(CASE WHEN abs(value) < 1e15 THEN 10 * floor(value / 10) END)::BIGINT"  # no whole number holds more for sure
_BEYOND_TENS = "CASE WHEN value > 0 THEN '1,000,000,000,000,000 or more' ELSE '-1,000,000,000,000,000 or less' END"
_OF_VERSIONS = "WHERE signal_id IN (SELECT signal_id FROM versions)"


def account_answers(questions: Sequence[Question]) -> list[str]:
    """Everything that makes the view: a row for each company and each of these questions, whatever the outcome."""
    of_companies = [question for question in questions if question.about is SubjectType.COMPANY]
    return view_sql(
        "view_account_answers",
        keys=literals(question.key for question in of_companies),
        unasked=literals(question.key for question in of_companies if question.template_problem),
        gated=literals(gated_keys(questions, SubjectType.COMPANY)),
        texts="\n    UNION ALL\n".join(_text(kind) for kind in TABLES),
    )


def _text(kind: AnswerKind) -> str:
    name = f"main.{kind.table}"
    if kind.text:
        return f"    SELECT signal_id, {kind.text_of('answer')} AS value FROM {name} AS answer"  # noqa: S608 - constants
    if not kind.has_several_rows:
        return f"    SELECT signal_id, value::VARCHAR AS value FROM {name}"  # noqa: S608 - likewise
    names = [identifier(column.name) for column in kind.columns]
    fields = ", ".join(f"{name} := {name}" for name in names if name != '"position"')
    rows = f"to_json(list(struct_pack({fields}) ORDER BY position))::VARCHAR"
    return f"    SELECT signal_id, {rows} AS value FROM {name} GROUP BY signal_id"  # noqa: S608 - likewise


def answer_values() -> list[str]:
    """Everything that makes the view: answers in a few words, for counting. Questions do not change it."""
    return view_sql(
        "view_answer_values",
        counted="\nUNION ALL\n".join(_counted(kind) for kind in TABLES if kind.counted not in {"", BANDS}),
        amounts=amounts(BANDS),
    )


def _counted(kind: AnswerKind) -> str:
    counted = kind.counted
    if counted == TENS:
        unit = second_column(kind.type) or "NULL"
        counted = f"coalesce(printf('%d to %d', {_TENS}, {_TENS} + 10), {_BEYOND_TENS}) || coalesce(' ' || {unit}, '')"
    value = f"SELECT signal_id, subject, question_key, {counted} AS value"
    return f"{value} FROM main.{kind.table} WHERE {kind.counted_if}"


def amounts(counted: str) -> str:
    """SQL: the answers of the types that are ``counted`` so, BANDS or TENS, as ``amount`` and ``unit``."""
    return " UNION ALL ".join(
        "SELECT signal_id, subject, question_key, value::DOUBLE AS amount, "  # noqa: S608 - names of ours
        f"{second_column(kind.type) or 'NULL'} AS unit FROM main.{kind.table}"
        for kind in TABLES
        if kind.counted == counted
    )


def answer_changes() -> list[str]:
    """Everything that makes the view. Questions do not change it."""
    matched = {kind.type: kind.said.matched for kind in TABLES if isinstance(kind.said, ItemsSql) and kind.said.matched}
    return view_sql(
        "view_answer_changes",
        answers="\n    UNION ALL\n    ".join(_said(kind) for kind in TABLES if isinstance(kind.said, str)),
        items="\n    UNION ALL\n    ".join(_items(kind) for kind in TABLES if not isinstance(kind.said, str)),
        has_matches=one_of("new.answer_type", matched),
        matches=one_of('delta."type"', dict.fromkeys(matched.values())),
        is_object=one_of("answer_type", (kind.type for kind in TABLES if kind.is_object)),
        api_knows=one_of("answer_type", (kind.type for kind in TABLES if kind.api_knows_changes)),
    )


def _said(kind: AnswerKind) -> str:
    number = "value::DOUBLE" if kind.is_numeric else "NULL::DOUBLE"
    divider = kind.second.column.name if kind.second and kind.second.divides else "NULL"
    return (
        f"SELECT signal_id, {kind.said} AS said, {kind.text_of('answer')} AS shown, "  # noqa: S608 - names of ours
        f"{number} AS number, {divider} AS currency, NULL AS items FROM main.{kind.table} AS answer {_OF_VERSIONS}"
    )


def _items(kind: AnswerKind) -> str:
    if isinstance(kind.said, ItemsSql):
        return fill_sql(kind.said.file)
    assert isinstance(kind.said, Items)  # noqa: S101 - for mypy: texts are asked for above
    names = f"{kind.said.name} AS name, {kind.said.content} AS content, {kind.said.label} AS label"
    return f'SELECT signal_id, {names}, "position" AS place FROM main.{kind.table} {_OF_VERSIONS}'  # noqa: S608 - likewise
