"""The configured questions decide keys and views: rows follow identities, views follow questions.yaml."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import TABLES, second_column
from saber_pipeline.config.answer_types.record import BANDS, Items, ItemsSql
from saber_pipeline.config.questions.subject_kinds import COMPANIES, KINDS
from saber_pipeline.warehouse.account_answers import account_answers
from saber_pipeline.warehouse.answer_text import answer_text
from saber_pipeline.warehouse.qualification import account_fit, qualifications
from saber_pipeline.warehouse.quality import quality_views, review_queue
from saber_pipeline.warehouse.question_views import QuestionView, question_views
from saber_pipeline.warehouse.shown_answers import shown_columns, shown_comments
from saber_pipeline.warehouse.sql import fill_sql, identifier, literal, read_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from saber_pipeline.config.answer_types.record import AnswerKind
    from saber_pipeline.config.questions.question import Question
    from saber_pipeline.config.questions.subject_kinds import SubjectKind


OWN_SIGNAL_COLUMNS = ("question_id", "answer_typed", "landed_at", "landed_file")

COMPANY_PREFIX = "_company_"
"""In front of the columns of ``companies`` in ``accounts``: a question's key starts with a letter, so none collides."""

UNICODE = "domain_unicode"
"""The last column of ``accounts``, unless a question is called so: that has the name, as it always had."""
UNICODE_MEANING = "The domain as people write it: münchen.de for xn--mnchen-3ya.de; mostly the same as domain."
_UNICODE_NAME = f"coalesce(any_value({UNICODE}) FILTER ({UNICODE} <> domain), domain)"  # one list may lack it

COMPANY_JOIN = f"LEFT JOIN main.companies AS company ON company.domain = member.{COMPANIES.column}"


def apply_questions(con: duckdb.DuckDBPyConnection, questions: Sequence[Question]) -> None:
    """Give every row the key its question has now, and make the views of these questions.

    Writes only what differs, so that an unchanged questions.yaml leaves the file as it is.
    """
    con.execute("BEGIN")
    try:
        _apply_keys(con, questions)
        _apply_views(con, questions)
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise


def _apply_keys(con: duckdb.DuckDBPyConnection, questions: Sequence[Question]) -> None:
    con.execute(
        "CREATE OR REPLACE TEMP TABLE configured (question_id VARCHAR, question_key VARCHAR, answer_type VARCHAR, "
        "choices VARCHAR[], template_id VARCHAR, template_version INTEGER)"
    )
    if questions:
        con.executemany(
            "INSERT INTO configured VALUES (?, ?, ?, ?, ?, ?)",
            [
                (q.question_id, q.key, q.answer_type.value, list(q.choices) or None, q.template_id, q.template_version)
                for q in questions
            ],
        )
    if not con.execute(read_sql("question_changes")).fetchall()[0][0]:
        return  # then the rows have their keys: loading gives them the catalog's
    con.execute(read_sql("question_catalog"))
    for table in ("signals", *(kind.table for kind in TABLES)):
        con.execute(fill_sql("question_rekey", table=table))


def _apply_views(con: duckdb.DuckDBPyConnection, questions: Sequence[Question]) -> None:
    statements = view_statements(con, questions)
    signature = hashlib.sha256("\n".join(statements).encode()).hexdigest()
    if con.execute("SELECT signature FROM internal.view_state").fetchall() == [(signature,)]:
        return
    for statement in statements:
        con.execute(statement)
    con.execute("DELETE FROM internal.view_state")
    con.execute("INSERT INTO internal.view_state VALUES (?)", [signature])


def view_statements(con: duckdb.DuckDBPyConnection, questions: Sequence[Question]) -> list[str]:
    """Everything that makes the views of these questions, in order; only names are read from ``con``."""
    views = question_views(questions)
    return [
        *(f"DROP VIEW IF EXISTS main.{kind.view}" for kind in KINDS),
        "DROP SCHEMA IF EXISTS questions CASCADE",
        "CREATE SCHEMA questions",
        *(statement for view in views.values() for statement in view.statements),
        *_latest_answers(con),
        *_answer_values(),
        *account_answers(questions),
        *(
            statement
            for kind in KINDS
            for statement in _wide(con, kind, [views[q.key] for q in questions if q.about is kind.about])
        ),
        *decision_views(questions),
        *quality_views(questions),
        *review_queue(questions),
    ]


def wide_views(con: duckdb.DuckDBPyConnection, questions: Sequence[Question]) -> list[str]:
    """What makes the wide views alone, for whoever checks conditions against their columns: without comments.

    A plan knows no Unicode names, so no condition can be about them.
    """
    views = question_views(questions)
    wide = [
        _wide(con, kind, [views[q.key] for q in questions if q.about is kind.about], with_unicode=False)[0]
        for kind in KINDS
    ]
    return ["CREATE SCHEMA questions", *(view.statements[0] for view in views.values()), *wide]


def _company_columns(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The columns of ``companies`` besides its key, with their comments."""
    return dict(
        con.execute(
            "SELECT column_name, comment FROM duckdb_columns() WHERE schema_name = 'main' AND table_name = 'companies' "
            "AND column_name <> 'domain' ORDER BY column_index"
        ).fetchall()
    )


def _wide(
    con: duckdb.DuckDBPyConnection, kind: SubjectKind, views: Sequence[QuestionView], *, with_unicode: bool = True
) -> list[str]:
    """The view with one row for each subject of the lists, and one column for each question."""
    own = _company_columns(con) if kind is COMPANIES else {}
    columns = {name: sql for view in views for name, sql in shown_columns(view, views).items()}
    columns |= {f"{COMPANY_PREFIX}{name}": f"company.{identifier(name)}" for name in own}
    comments = {name: text for view in views for name, text in shown_comments(view, views).items()}
    comments |= {f"{COMPANY_PREFIX}{name}": f"From companies: {text}" for name, text in own.items()}
    has_unicode = with_unicode and kind is COMPANIES and UNICODE not in columns
    if has_unicode:
        columns[UNICODE] = f"member.{UNICODE}"
        comments[UNICODE] = UNICODE_MEANING
    named = {kind.column: kind.column_meaning, "lists": "The lists it is in, sorted."}
    create = fill_sql(
        "view_wide",
        view=kind.view,
        table=kind.table,
        column=kind.column,
        names=f", {_UNICODE_NAME} AS {UNICODE}" if has_unicode else "",
        columns="".join(f", {sql} AS {identifier(name)}" for name, sql in columns.items()),
        joins="\n".join([*([COMPANY_JOIN] if own else []), *(view.wide_join for view in views)]),
    )
    said = f"One row for each {kind.noun} of the lists, with the newest answer to each question."
    return [
        create,
        f"COMMENT ON VIEW main.{kind.view} IS {literal(said)}",
        *_column_comments(f"main.{kind.view}", {**named, **comments}),
    ]


def _latest_answers(con: duckdb.DuckDBPyConnection) -> list[str]:
    columns: dict[str, str] = {
        name: comment
        for name, comment in con.execute(
            "SELECT column_name, comment FROM duckdb_columns() "
            "WHERE table_name = 'signals' AND schema_name = 'main' ORDER BY column_index"
        ).fetchall()
        if name not in OWN_SIGNAL_COLUMNS
    }
    return [
        fill_sql("view_latest_answers", columns=", ".join(identifier(name) for name in columns)),
        "COMMENT ON VIEW main.latest_answers IS 'Newest completed signal of each subject and question.'",
        *_column_comments("main.latest_answers", columns),
    ]


def _answer_values() -> list[str]:
    said = "Answers in a few words, for counting: the value, or the band of an amount. A list gives several rows."
    comments = {
        "signal_id": "The signal; joins to latest_answers, signals and sources.",
        "subject": "Company domain (lower case, ASCII) or contact profile URL.",
        "question_key": "Key in questions.yaml; NULL when no configured question has this identity.",
        "value": "yes or no, a choice, an item of a list, a text of at most 40 characters, or a band such as 100 to "
        "under 1,000.",
    }
    return [
        fill_sql(
            "view_answer_values",
            counted="\nUNION ALL\n".join(_counted(kind) for kind in TABLES if kind.counted not in {"", BANDS}),
            amounts=" UNION ALL ".join(_amounts(kind) for kind in TABLES if kind.counted == BANDS),
        ),
        f"COMMENT ON VIEW main.answer_values IS {literal(said)}",
        *_column_comments("main.answer_values", comments),
    ]


def _counted(kind: AnswerKind) -> str:
    value = f"SELECT signal_id, subject, question_key, {kind.counted} AS value"
    return f"{value} FROM main.{kind.table} WHERE {kind.counted_if}"


def _amounts(kind: AnswerKind) -> str:
    unit = second_column(kind.type) or "NULL"
    amount = f"SELECT signal_id, subject, question_key, value::DOUBLE AS amount, {unit} AS unit"
    return f"{amount} FROM main.{kind.table}"


def _column_comments(view: str, comments: dict[str, str]) -> list[str]:
    return [f"COMMENT ON COLUMN {view}.{identifier(n)} IS {literal(text)}" for n, text in comments.items()]


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
