"""The answers, read from answers.duckdb as an analyst would, as tables of at most 100 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from saber_pipeline.buying.configured import configured_questions
from saber_pipeline.demo.text_table import indented, text_table
from saber_pipeline.questions.question import AnswerType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saber_pipeline.questions.question import Question
    from saber_pipeline.warehouse.paths import DataPaths

COMPANIES = 24

SHORT = (AnswerType.BOOLEAN, AnswerType.NUMBER, AnswerType.PERCENTAGE, AnswerType.CURRENCY)
TEXTS = (AnswerType.OPEN_TEXT, AnswerType.LIST, AnswerType.URL)

# Of a nested answer's many columns, those that fit beside each other.
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


def show_answers(paths: DataPaths) -> None:
    """Print what a few companies answered, for every question; nested answers by their first row."""
    questions = configured_questions(paths).company
    with duckdb.connect(str(paths.answers_file), read_only=True) as con:
        _show_accounts(con, [q for q in questions if q.answer_type in SHORT])
        for texts in _by_twos([q for q in questions if q.answer_type in TEXTS]):
            _show_accounts(con, texts)
        for question in questions:
            if question.answer_type is AnswerType.CONTACTS:
                _show_first_rows(con, question, PEOPLE)
            elif question.answer_type is AnswerType.CONTACT_POSTS:
                _show_first_rows(con, question, POSTS)
            elif question.answer_type is AnswerType.JSON_SCHEMA:
                _show_object(con, question)
        _show_sources(con)
        _show_fit(con)
        _show_counts(con)


def show_lists(paths: DataPaths) -> None:
    """Print what became of the rows of the lists."""
    with duckdb.connect(str(paths.answers_file), read_only=True) as con:
        domains = con.execute("SELECT list, count(*) FROM domains GROUP BY list ORDER BY list").fetchall()
        rejected = con.execute(
            "SELECT list, row_number, raw_value, reason FROM rejected_inputs ORDER BY list, row_number"
        ).fetchall()
    for list_name, count in domains:
        print(f"   {list_name}: {count:,} domains")
    for list_name, row_number, raw_value, reason in rejected:
        print(indented(f"{list_name}, row {row_number}, {raw_value!r}, is left out: {reason}"))


def _show_accounts(con: duckdb.DuckDBPyConnection, questions: Sequence[Question]) -> None:
    if not questions:
        return
    types = ", ".join(dict.fromkeys(question.answer_type.value for question in questions))
    columns = ", ".join(f"{_shown_value(question)} AS {_name(question.key)}" for question in questions)
    answered = " OR ".join(f"{_name(question.key)} IS NOT NULL" for question in questions)
    _print(
        con,
        f"accounts: {types}",
        f"SELECT domain, {columns} FROM accounts WHERE {answered} ORDER BY domain LIMIT {COMPANIES}",  # noqa: S608 - keys are a-z, 0-9 and _
    )


def _by_twos(questions: Sequence[Question]) -> list[Sequence[Question]]:
    """Texts, two beside each other: more are too narrow to read."""
    return [questions[start : start + 2] for start in range(0, len(questions), 2)]


def _shown_value(question: Question) -> str:
    """A percentage with its unit and an amount with its currency stand in one column here."""
    key = question.key
    if question.answer_type is AnswerType.PERCENTAGE:
        return f"round({_name(key)}, 1) || coalesce(' ' || {_name(key + '_unit')}, '')"
    if question.answer_type is AnswerType.CURRENCY:
        return f"format('{{:,}}', {_name(key)}::BIGINT) || coalesce(' ' || {_name(key + '_currency')}, '')"
    return _name(key)


def _show_first_rows(con: duckdb.DuckDBPyConnection, question: Question, columns: dict[str, str]) -> None:
    selected = ", ".join(f"{expression} AS {_name(name)}" for name, expression in columns.items())
    _print(
        con,
        f"questions.{question.key}: {question.answer_type.value}, the first of each company",
        f"SELECT subject, {selected} FROM questions.{_name(question.key)} "  # noqa: S608 - keys are a-z, 0-9 and _
        f"WHERE position = 0 ORDER BY subject LIMIT {COMPANIES}",
    )


def _show_object(con: duckdb.DuckDBPyConnection, question: Question) -> None:
    _print(
        con,
        f"questions.{question.key}: {question.answer_type.value}, a typed column for each property",
        "SELECT * EXCLUDE (confidence, completed_at, signal_id) "  # noqa: S608 - keys are a-z, 0-9 and _
        f"FROM questions.{_name(question.key)} ORDER BY subject LIMIT {COMPANIES}",
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
        "SELECT count(DISTINCT subject), count(*), count(*) FILTER (answer_json IS NULL) FROM latest_answers"
    ).fetchall()[0]
    failed = con.execute("SELECT count(*) FROM signals WHERE status = 'failed'").fetchall()[0][0]
    print(
        f"In all: {counts[0]:,} companies, {counts[1] - counts[2]:,} answers; {counts[2]:,} pairs not known, "
        f"{failed:,} failed (the sandbox\nmakes a few of both, as the real API does).\n"
    )


def _print(con: duckdb.DuckDBPyConnection, title: str, query: str) -> None:
    cursor = con.execute(query)
    names = [column[0] for column in cursor.description or []]
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    print(f"{title}\n{text_table(names, rows)}\n")


def _name(key: str) -> str:
    return f'"{key}"'
