"""The configured questions decide keys and views: rows follow identities, views follow questions.yaml."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import TABLES
from saber_pipeline.config.questions.subject_kinds import COMPANIES, KINDS
from saber_pipeline.warehouse.answer_views import account_answers, answer_changes, answer_values
from saber_pipeline.warehouse.qualification import account_fit, qualifications
from saber_pipeline.warehouse.quality import quality_views, review_queue
from saber_pipeline.warehouse.question_views import QuestionView, question_views, shown_columns, shown_comments
from saber_pipeline.warehouse.remarks import view_sql
from saber_pipeline.warehouse.sql import fill_sql, identifier, read_sql, view_comments
from saber_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import duckdb

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
    with transaction(con):
        _apply_keys(con, questions)
        _apply_views(con, questions)


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
        *answer_values(),
        *account_answers(questions),
        *(
            statement
            for kind in KINDS
            for statement in _wide(con, kind, [views[q.key] for q in questions if q.about is kind.about])
        ),
        *qualifications(questions),
        *account_fit(questions),
        *answer_changes(),
        *view_sql("view_spending"),
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


def _columns(con: duckdb.DuckDBPyConnection, table: str, *, besides: Collection[str]) -> dict[str, str]:
    """The columns of a table besides some, with their comments."""
    rows = con.execute(
        "SELECT column_name, comment FROM duckdb_columns() WHERE schema_name = 'main' AND table_name = ? "
        "ORDER BY column_index",
        [table],
    ).fetchall()
    return {name: comment for name, comment in rows if name not in besides}


def _wide(
    con: duckdb.DuckDBPyConnection, kind: SubjectKind, views: Sequence[QuestionView], *, with_unicode: bool = True
) -> list[str]:
    """The view with one row for each subject of the lists, and one column for each question."""
    own = _columns(con, "companies", besides={"domain"}) if kind is COMPANIES else {}
    columns = {name: sql for view in views for name, sql in shown_columns(view, views).items()}
    columns |= {f"{COMPANY_PREFIX}{name}": f"company.{identifier(name)}" for name in own}
    comments = {name: text for view in views for name, text in shown_comments(view, views).items()}
    comments |= {f"{COMPANY_PREFIX}{name}": f"From companies: {text}" for name, text in own.items()}
    has_unicode = with_unicode and kind is COMPANIES and UNICODE not in columns
    if has_unicode:
        columns[UNICODE] = f"member.{UNICODE}"
        comments[UNICODE] = UNICODE_MEANING
    create = fill_sql(
        "view_wide",
        view=kind.view,
        table=kind.table,
        column=kind.column,
        names=f", {_UNICODE_NAME} AS {UNICODE}" if has_unicode else "",
        columns="".join(f", {sql} AS {identifier(name)}" for name, sql in columns.items()),
        joins="\n".join([*([COMPANY_JOIN] if own else []), *(view.wide_join for view in views)]),
    )
    meanings = {
        "": f"One row for each {kind.noun} of the lists, with the newest answer to each question.",
        kind.column: kind.column_meaning,
        "lists": "The lists it is in, sorted.",
        **comments,
    }
    return [create, *view_comments(f"main.{kind.view}", meanings)]


def _latest_answers(con: duckdb.DuckDBPyConnection) -> list[str]:
    columns = _columns(con, "signals", besides=OWN_SIGNAL_COLUMNS)
    return [
        fill_sql("view_latest_answers", columns=", ".join(identifier(name) for name in columns)),
        *view_comments("main.latest_answers", {"": "Newest completed signal of each subject and question.", **columns}),
    ]
