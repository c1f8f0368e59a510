"""The answers, read from answers.duckdb as an analyst would, as tables of at most 100 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS, JUDGED_TYPES, criteria_of
from saber_pipeline.config.answer_types.record import Criteria
from saber_pipeline.config.questions.question import AnswerType
from saber_pipeline.config.questions.subject_kinds import COMPANIES, KINDS, SubjectKind
from saber_pipeline.demo.text_table import indented, text_table
from saber_pipeline.runs.configuration import configured_questions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.questions.question import Question

ROWS = 24
FEW = 8

SHORT = frozenset(each for each in JUDGED_TYPES if criteria_of(each) in {Criteria.YES_NO, Criteria.NUMBERS})
TEXTS = JUDGED_TYPES - SHORT

# The columns of nested answers that fit beside each other.
PEOPLE = {
    "person": "full_name",
    "title": "positions[1].title",
    "seniority": "seniority",
    "location": "location",
}
POSTS = {
    "author": "author.name",
    "published": "published_at[:10]",
    "reactions": "engagement.reaction_count",
    "post": "post_text",
}
ENGAGEMENTS = {
    "did": "engagement_type",
    "on_a_post_of": "post_author.name",
    "when": "engagement_date::DATE::VARCHAR",
    "post": "post_text",
}
NESTED = {
    AnswerType.CONTACTS: PEOPLE,
    AnswerType.CONTACT_POSTS: POSTS,
    AnswerType.CONTACT_ENGAGEMENTS: ENGAGEMENTS,
}


def show_answers(paths: DataPaths, *, shows_all: bool = False) -> None:
    """Print the best accounts, the answers about a few companies, and their sources.

    ``shows_all``: first print the answers to every question about a few subjects, and the first row of nested answers.
    """
    catalog = configured_questions(paths)
    with duckdb.connect(str(paths.answers_file), read_only=True) as con:
        if shows_all:
            for kind in KINDS:
                _show_kind(con, kind, catalog.about(kind.about))
        else:
            short = [question for question in catalog.about(COMPANIES.about) if question.answer_type in SHORT]
            _show_wide(con, COMPANIES, short, rows=FEW)
        _show_sources(con)
        _show_fit(con)
        _show_counts(con)


def show_lists(paths: DataPaths) -> None:
    """Print the outcomes of the rows of the lists."""
    with duckdb.connect(str(paths.answers_file), read_only=True) as con:
        counted = [
            (kind, con.execute(f"SELECT list, count(*) FROM {kind.table} GROUP BY list ORDER BY list").fetchall())  # noqa: S608 - a constant
            for kind in KINDS
        ]
        rejected = con.execute(
            "SELECT list, row_number, raw_value, reason FROM rejected_inputs ORDER BY list, row_number"
        ).fetchall()
    for kind, lists in counted:
        for list_name, count in lists:
            print(f"   {list_name}: {count:,} {kind.subject_nouns}")
    for list_name, row_number, raw_value, reason in rejected:
        print(indented(f"{list_name}, row {row_number}, {raw_value!r}, is left out: {reason}"))


def _show_kind(con: duckdb.DuckDBPyConnection, kind: SubjectKind, questions: Sequence[Question]) -> None:
    _show_wide(con, kind, [q for q in questions if q.answer_type in SHORT])
    texts = [q for q in questions if q.answer_type in TEXTS]
    for start in range(0, len(texts), 2):  # two beside each other: more are too narrow to read
        _show_wide(con, kind, texts[start : start + 2])
    for question in questions:
        if question.answer_type in NESTED:
            _show_first_rows(con, kind, question)
        elif ANSWER_KINDS[question.answer_type].is_object:
            _show_object(con, question)


def _show_wide(
    con: duckdb.DuckDBPyConnection, kind: SubjectKind, questions: Sequence[Question], *, rows: int = ROWS
) -> None:
    if not questions:
        return
    types = ", ".join(dict.fromkeys(question.answer_type.value for question in questions))
    columns = ", ".join(f"{_shown_value(question)} AS {_name(question.key)}" for question in questions)
    answered = " OR ".join(f"{_name(question.key)} IS NOT NULL" for question in questions)
    _print(
        con,
        f"{kind.view}: {types}",
        f"SELECT {_shown_subject(kind)}, {columns} FROM {kind.view} "  # noqa: S608 - keys are a-z, 0-9 and _
        f"WHERE {answered} ORDER BY ALL LIMIT {rows}",
    )


def _shown_value(question: Question) -> str:
    """The SQL of an answer's column. A percentage has its unit and an amount its currency in the same column."""
    key = question.key
    if question.answer_type is AnswerType.PERCENTAGE:
        return f"round({_name(key)}, 1) || coalesce(' ' || {_name(key + '_unit')}, '')"
    if question.answer_type is AnswerType.CURRENCY:
        return f"format('{{:,}}', {_name(key)}::BIGINT) || coalesce(' ' || {_name(key + '_currency')}, '')"
    return _name(key)


def _shown_subject(kind: SubjectKind, column: str | None = None) -> str:
    """The SQL of a subject's column. A person is shown by the text behind /in/, which is short enough."""
    column = column or kind.column
    return column if kind is COMPANIES else f"url_decode(parse_filename({column})) AS profile"


def _show_first_rows(con: duckdb.DuckDBPyConnection, kind: SubjectKind, question: Question) -> None:
    selected = ", ".join(f"{expression} AS {_name(name)}" for name, expression in NESTED[question.answer_type].items())
    _print(
        con,
        f"questions.{question.key}: {question.answer_type.value}, the first of each {kind.noun}",
        f"SELECT {_shown_subject(kind, 'subject')}, {selected} FROM questions.{_name(question.key)} "  # noqa: S608 - keys are a-z, 0-9 and _
        f"WHERE position = 0 ORDER BY subject LIMIT {ROWS}",
    )


def _show_object(con: duckdb.DuckDBPyConnection, question: Question) -> None:
    _print(
        con,
        f"questions.{question.key}: {question.answer_type.value}, a typed column for each property",
        "SELECT * EXCLUDE (confidence, completed_at, signal_id) "  # noqa: S608 - keys are a-z, 0-9 and _
        f"FROM questions.{_name(question.key)} ORDER BY subject LIMIT {ROWS}",
    )


def _show_sources(con: duckdb.DuckDBPyConnection) -> None:
    _print(
        con,
        "sources: where each answer comes from",
        "SELECT subject, question_key, url FROM latest_answers JOIN sources USING (signal_id) "
        "WHERE position = 0 ORDER BY subject, question_key LIMIT 5",
    )


def _show_fit(con: duckdb.DuckDBPyConnection) -> None:
    _print(
        con,
        "account_fit: who fits best, by the criteria in questions.yaml (docs/decisions.md)",
        "SELECT domain, score, tier, round(100 * coverage)::INTEGER || ' %' AS coverage, missing FROM account_fit "
        "WHERE tier <> 'disqualified' ORDER BY score DESC, coverage DESC, domain LIMIT 10",
    )


def _show_counts(con: duckdb.DuckDBPyConnection) -> None:
    counts = con.execute(
        "SELECT count(DISTINCT subject) FILTER (subject_type = 'company'), "
        "count(DISTINCT subject) FILTER (subject_type = 'contact'), count(*), count(*) FILTER (answer_json IS NULL) "
        "FROM latest_answers"
    ).fetchall()[0]
    failed = con.execute("SELECT count(*) FROM signals WHERE status = 'failed'").fetchall()[0][0]
    print(
        f"In all: {counts[0]:,} companies, {counts[1]:,} people, {counts[2] - counts[3]:,} answers; {counts[3]:,} "
        f"pairs not known, {failed:,} failed\n(the sandbox makes a few of both, as the real API does).\n"
    )


def _print(con: duckdb.DuckDBPyConnection, title: str, query: str) -> None:
    cursor = con.execute(query)
    names = [column[0] for column in cursor.description or []]
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    print(f"{title}\n{text_table(names, rows)}\n")


def _name(key: str) -> str:
    return f'"{key}"'
