"""The configured questions decide keys and views: rows follow identities, views follow questions.yaml."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from saber_pipeline.questions.question import AnswerType
from saber_pipeline.warehouse.answer_tables import answer_table_name, read_answer_tables
from saber_pipeline.warehouse.question_views import question_view
from saber_pipeline.warehouse.sql import fill_sql, identifier, literal, read_sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from saber_pipeline.questions.question import Question

OWN_SIGNAL_COLUMNS = ("question_id", "answer_typed", "landed_at", "landed_file")
ACCOUNT_COMMENTS = {
    "domain": "Company domain, lower case, ASCII.",
    "lists": "The lists it is in, sorted.",
}


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
        "CREATE OR REPLACE TEMP TABLE configured (question_id VARCHAR, question_key VARCHAR, answer_type VARCHAR)"
    )
    if questions:
        con.executemany(
            "INSERT INTO configured VALUES (?, ?, ?)",
            [(q.question_id, q.key, q.answer_type.value) for q in questions],
        )
    if not con.execute(read_sql("question_changes")).fetchall()[0][0]:
        return  # then the rows have their keys: loading gives them the catalog's
    con.execute(read_sql("question_catalog"))
    for table in ("signals", *sorted({answer_table_name(answer_type) for answer_type in AnswerType})):
        con.execute(fill_sql("question_rekey", table=table))


def _apply_views(con: duckdb.DuckDBPyConnection, questions: Sequence[Question]) -> None:
    statements = view_statements(con, questions)
    signature = hashlib.sha256("\n".join(statements).encode()).hexdigest()
    if con.execute("SELECT signature FROM view_state").fetchall() == [(signature,)]:
        return
    for statement in statements:
        con.execute(statement)
    con.execute("DELETE FROM view_state")
    con.execute("INSERT INTO view_state VALUES (?)", [signature])


def view_statements(con: duckdb.DuckDBPyConnection, questions: Sequence[Question]) -> list[str]:
    """Everything that makes the views of these questions, in order; only names are read from ``con``."""
    tables = read_answer_tables(con)
    views = [question_view(q, tables[q.answer_type]) for q in questions]
    account_columns = {name: sql for view in views for name, sql in view.account_columns.items()}
    account_comments = {name: text for view in views for name, text in view.account_comments.items()}
    accounts = fill_sql(
        "view_accounts",
        columns="".join(f", {sql} AS {identifier(name)}" for name, sql in account_columns.items()),
        joins="\n".join(view.account_join for view in views),
    )
    return [
        "DROP VIEW IF EXISTS main.accounts",
        "DROP SCHEMA IF EXISTS questions CASCADE",
        "CREATE SCHEMA questions",
        *(statement for view in views for statement in view.statements),
        *_latest_answers(con),
        accounts,
        "COMMENT ON VIEW main.accounts IS 'One row for each domain, with the newest answer to each question.'",
        *_column_comments("main.accounts", {**ACCOUNT_COMMENTS, **account_comments}),
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


def _column_comments(view: str, comments: dict[str, str]) -> list[str]:
    return [f"COMMENT ON COLUMN {view}.{identifier(n)} IS {literal(text)}" for n, text in comments.items()]
