"""The conditions of questions.yaml, bound to the columns they would read: in DuckDB, over an empty table."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import duckdb

from saber_pipeline.config.answer_types.kinds import SECOND_COLUMNS
from saber_pipeline.config.questions.fallbacks import fallback_chain, is_type_open
from saber_pipeline.config.questions.mistakes import quote, suggestion
from saber_pipeline.config.questions.subject_kinds import KINDS, SubjectKind
from saber_pipeline.warehouse.ask_if import AskIf, AskIfError, one_sentence, read_ask_if
from saber_pipeline.warehouse.gated_questions import circle, gated_questions
from saber_pipeline.warehouse.question_views import column_owners, question_views
from saber_pipeline.warehouse.schema import schema_sql
from saber_pipeline.warehouse.sql import read_sql
from saber_pipeline.warehouse.views import wide_views

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from saber_pipeline.config.questions.mistakes import Mistakes
    from saber_pipeline.config.questions.question import Question

_FOR_A_QUESTION_WITHOUT_TYPE = ("", *(f"_{column}" for column in SECOND_COLUMNS))
"""Endings that its columns may have: the template decides, and no run has read that yet."""


def check_conditions(questions: Sequence[Question], lines: Mapping[str, int], mistakes: Mistakes) -> None:
    """Adds a mistake for each ``ask_if`` that is no condition over the kind's wide view, and for each circle.

    ``lines``: key → line of its ``ask_if``, or of its ``fallback`` where it has none.
    """
    if not any(question.ask_if or question.fallback for question in questions):
        return
    with closing(duckdb.connect()) as con:
        _make_empty_views(con, questions)
        for kind in KINDS:
            of_kind = [question for question in questions if question.about is kind.about]
            if any(question.ask_if for question in of_kind):
                _check_kind(con, kind, of_kind, lines, mistakes)
            _check_circles(kind, of_kind, lines, mistakes)


def _make_empty_views(con: duckdb.DuckDBPyConnection, questions: Sequence[Question]) -> None:
    """The wide views of these questions, then a table ``<view>_row`` for each, with one row of NULLs; then a lock."""
    con.execute(schema_sql())
    con.execute(read_sql("records/companies_schema"))
    for statement in wide_views(con, questions):
        con.execute(statement)
    for kind in KINDS:
        con.execute(f"CREATE TABLE {kind.view}_row AS SELECT * FROM main.{kind.view} LIMIT 0")  # noqa: S608 - a kind's names
        con.execute(f"INSERT INTO {kind.view}_row ({kind.column}) VALUES (NULL)")  # noqa: S608 - a kind's names
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")


def _check_kind(
    con: duckdb.DuckDBPyConnection,
    kind: SubjectKind,
    questions: Sequence[Question],
    lines: Mapping[str, int],
    mistakes: Mistakes,
) -> None:
    columns = [name for name, *_ in con.execute(f"DESCRIBE {kind.view}_row").fetchall()]
    open_columns = {
        f"{question.key}{ending}"
        for question in questions
        if is_type_open(question)
        for ending in _FOR_A_QUESTION_WITHOUT_TYPE
    }
    choices = _choices(questions)
    for question in questions:
        if question.ask_if is None:
            continue
        try:
            condition = read_ask_if(question.ask_if)
            _check_names(condition.columns(kind.view) - open_columns, columns)
            if not condition.columns(kind.view) & open_columns:
                _bind(con, kind, condition)
        except AskIfError as wrong:
            allowed = (
                f"allowed is one condition that is true or false, over the columns of {kind.view}: {', '.join(columns)}"
            )
            mistakes.add(lines[question.key], f"{question.key}.ask_if", f"{wrong}; {allowed}")
            continue
        for column, text in sorted(condition.compared_with(kind.view)):
            possible = choices.get(column, ())
            if possible and text not in possible:
                what = f"{quote(text)} is no choice of {column}{suggestion(text, possible)}"
                mistakes.add(
                    lines[question.key], f"{question.key}.ask_if", f"{what}; allowed are {', '.join(possible)}"
                )


def _choices(questions: Sequence[Question]) -> dict[str, tuple[str, ...]]:
    """What the column of a question may hold, by the column: its choices, and those of its fallbacks."""
    by_key = {question.key: question for question in questions}
    return {
        question.key: tuple(sorted({choice for each in fallback_chain(question, by_key) for choice in each.choices}))
        for question in questions
        if question.choices
    }


def _check_names(read: frozenset[str], columns: Sequence[str]) -> None:
    unknown = sorted(read - {name.lower() for name in columns})
    if unknown:
        raise AskIfError(f"there is no column {unknown[0]!r}{suggestion(unknown[0], columns)}")


def _bind(con: duckdb.DuckDBPyConnection, kind: SubjectKind, condition: AskIf) -> None:
    """Raises AskIfError where DuckDB cannot compute the condition, or where it is not BOOLEAN."""
    try:
        rows = f"FROM (SELECT * FROM {kind.view}_row) AS {kind.view}"  # noqa: S608 - a kind's names
        # Parsed alone by now; a row of NULLs computes what stands in it as constants.
        ((_, of_type, *_),) = con.execute(f"DESCRIBE SELECT {condition.sql} {rows}").fetchall()
        con.execute(f"SELECT TRY({condition.sql}), {condition.sql} {rows}").fetchall()
    except duckdb.Error as error:
        raise AskIfError(f"it cannot be computed: {one_sentence(str(error))}") from error
    if of_type != "BOOLEAN":
        raise AskIfError(f"it is of the type {of_type}, not BOOLEAN")


def _check_circles(
    kind: SubjectKind,
    questions: Sequence[Question],
    lines: Mapping[str, int],
    mistakes: Mistakes,
) -> None:
    try:
        owners = column_owners(question_views(questions).values())
        gated = gated_questions(questions, owners, kind.view)
    except AskIfError:
        return  # said already
    seen: set[str] = set()
    for key in gated:
        way = circle(key, gated)
        if not way or key in seen:
            continue
        seen.update(way)
        # The line of one in the circle that has something to change.
        holder = next(each for each in way if each in lines)
        field = "ask_if" if gated[holder].question.ask_if else "fallback"
        said = " waits for ".join(f"`{each}`" for each in way)
        mistakes.add(
            lines[holder],
            f"{holder}.{field}",
            f"none of them would ever be asked: {said} (a column shows its question's fallbacks too); take one of "
            "these conditions or fallbacks out",
        )
