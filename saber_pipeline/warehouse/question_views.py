"""The view of one question, and its columns in the wide view of its kind: ``accounts`` or ``contacts``.

With a ``fallback``, the wide view shows the first known answer of the question and its fallbacks.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS
from saber_pipeline.config.questions.fallbacks import ANSWERED_BY, fallback_chain, have_one_type
from saber_pipeline.config.questions.subject_kinds import kind_of
from saber_pipeline.warehouse.output_schema_columns import column_value, property_columns
from saber_pipeline.warehouse.reviewed_answers import reviewed_relation
from saber_pipeline.warehouse.sql import fill_sql, identifier, json_pointer, literal, view_comments

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from saber_pipeline.config.questions.question import Question


@dataclass(frozen=True)
class QuestionView:
    """SQL statements that make ``questions.<key>``, and what the wide view takes from it."""

    statements: list[str]
    wide_join: str
    wide_columns: dict[str, str]  # name -> SQL
    wide_comments: dict[str, str]
    question: Question

    @property
    def has_answer(self) -> str:
        """SQL: whether the joined row has an answer."""
        return f"{_alias(self.question)}.subject IS NOT NULL"


def question_view(question: Question, *, relation: str | None = None) -> QuestionView:
    """Build the view. Its columns: subject, those of the typed table or schema, confidence and so on.

    ``relation`` stands in the wide view for ``questions.<key>``: SQL with the same columns.
    """
    kind = ANSWER_KINDS[question.answer_type]
    columns, source, selected = answer_source(question)
    create = fill_sql(
        "view_question",
        view=identifier(question.key),
        columns=selected,
        source=source,
        key=literal(question.key),
        ordering="ORDER BY answer.subject, answer.position" if kind.has_several_rows else "",
    )
    view = relation or f"questions.{identifier(question.key)}"
    return QuestionView([create, *_comments(question, columns)], *_wide_part(question, list(columns), view), question)


def question_views(questions: Sequence[Question]) -> dict[str, QuestionView]:
    """The view of each question, by key."""
    return {question.key: question_view(question) for question in questions}


def answer_source(question: Question) -> tuple[dict[str, str], str, str]:
    """Columns of its answers with their meanings; as SQL the row source ``answer``, and what is selected from it."""
    kind = ANSWER_KINDS[question.answer_type]
    columns = {column.name: column.meaning for column in kind.all_columns}
    source = f"SELECT * FROM main.{kind.table}"  # noqa: S608 - a constant of ours
    properties = property_columns(question.output_schema) if kind.is_object else []
    if properties:
        columns = {c.name: f"Property {c.property_name} of the answer." for c in properties}
        pointers = ", ".join(literal(json_pointer(c.property_name)) for c in properties)
        source = (
            "SELECT subject, question_id, question_key, confidence, completed_at, signal_id, "  # noqa: S608 - quoted
            f"json_extract(value, [{pointers}]) AS parts FROM main.{kind.table}"
        )
        selected = ", ".join(
            f"{column_value(f'answer.parts[{number}]', c.structure)} AS {identifier(c.name)}"
            for number, c in enumerate(properties, start=1)
        )
    else:
        selected = ", ".join(f"answer.{identifier(name)}" for name in columns)
    return columns, source, selected


def _comments(question: Question, columns: dict[str, str]) -> list[str]:
    meanings = {
        "": f"Newest answer of each {question.about.value}: {question.title}",
        "subject": "Company domain (lower case, ASCII) or contact profile URL.",
        **columns,
        "confidence": "The API's confidence in the answer, 0 to 1.",
        "completed_at": "When the API finished the signal, UTC.",
        "signal_id": "The signal; joins to signals, sources and changes.",
    }
    return view_comments(f"questions.{identifier(question.key)}", meanings)


def _alias(question: Question) -> str:
    return identifier(f"of {question.key}")  # no key has a blank, so this meets nobody's name


def _wide_part(question: Question, columns: list[str], view: str) -> tuple[str, dict[str, str], dict[str, str]]:
    member = f"member.{kind_of(question.about).column}"
    key, alias = question.key, _alias(question)
    view = reviewed_relation(question, view, columns)
    join = f"LEFT JOIN {view} AS {alias} ON {alias}.subject = {member}"
    kind = ANSWER_KINDS[question.answer_type]
    if not kind.is_nested:
        values = {key if c == "value" else f"{key}_{c}": f"{alias}.{identifier(c)}" for c in columns}
        comments = {c: question.title if c == key else f"Its {c.removeprefix(f'{key}_')}." for c in values}
        return join, values, comments
    if kind.is_object and not property_columns(question.output_schema):
        return join, {key: f"{alias}.value"}, {key: question.title}  # JSON, as nothing says more about it
    fields = [c for c in columns if not (kind.has_several_rows and c == "position")]
    struct = "struct_pack(" + ", ".join(f"{identifier(c)} := {identifier(c)}" for c in fields) + ")"
    nested = f"list({struct} ORDER BY position)" if kind.has_several_rows else f"any_value({struct})"
    grouped = f"SELECT subject, {nested} AS value FROM {view} GROUP BY subject"  # noqa: S608 - quoted
    join = f"LEFT JOIN ({grouped}) AS {alias} ON {alias}.subject = {member}"
    return join, {key: f"{alias}.value"}, {key: question.title}


def shown_columns(view: QuestionView, views: Sequence[QuestionView]) -> dict[str, str]:
    """Column → SQL over the joined answers. ``views``: those of every question of the wide view."""
    chain = _chain(view, views)
    if len(chain) == 1:
        return view.wide_columns
    key = view.question.key
    shown = {}
    for column in view.wide_columns:
        ending = column.removeprefix(key)
        known = (f"WHEN {each.has_answer} THEN {each.wide_columns[each.question.key + ending]}" for each in chain)
        shown[column] = f"CASE {' '.join(known)} END"
    by = (f"WHEN {each.has_answer} THEN {literal(each.question.key)}" for each in chain)
    return {**shown, f"{key}_{ANSWERED_BY}": f"CASE {' '.join(by)} END"}


def shown_comments(view: QuestionView, views: Sequence[QuestionView]) -> dict[str, str]:
    """Column → what it means."""
    chain = _chain(view, views)
    if len(chain) == 1:
        return view.wide_comments
    keys = ", ".join(each.question.key for each in chain)
    said = f"Which question the value of {view.question.key} is from, the first of these that knows: {keys}."
    return {**view.wide_comments, f"{view.question.key}_{ANSWERED_BY}": said}


def column_owners(views: Iterable[QuestionView]) -> dict[str, frozenset[str]]:
    """Column of a wide view, in lower case → keys of the questions whose answers it may show."""
    every = list(views)
    return {
        column.lower(): frozenset(each.question.key for each in _chain(view, every))
        for view in every
        for column in shown_columns(view, every)
    }


def _chain(view: QuestionView, views: Sequence[QuestionView]) -> list[QuestionView]:
    """The question and its fallbacks as far as their answers fit into one column; a template may have changed that."""
    by_key = {each.question.key: each for each in views}
    chain = fallback_chain(view.question, {key: each.question for key, each in by_key.items()})
    return [by_key[each.key] for each in chain if have_one_type(view.question, each)]


Column = tuple[str, str, str | None]


def question_columns(con: duckdb.DuckDBPyConnection, keys: Collection[str]) -> dict[str, list[Column]]:
    """Name, DuckDB type and comment of each column of ``questions.<key>``, in order, for each of ``keys``."""
    columns: dict[str, list[Column]] = {key: [] for key in keys}
    rows = con.execute(
        "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() "
        "WHERE schema_name = 'questions' ORDER BY table_name, column_index"
    ).fetchall()
    for key, *column in rows:
        if key in columns:
            columns[key].append((column[0], column[1], column[2]))
    return columns
