"""Tables whose rows come from the ledger or from people's files: replaced whole, and only if they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saber_pipeline.warehouse.sql import fill_sql, identifier
from saber_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

REJECTED_TYPE = "research"
"""``rejected_inputs.subject_type`` of rows of research lists."""


def load_refusals(con: duckdb.DuckDBPyConnection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Replace ``refusals``, and give each its question's key; call it after ``apply_questions``."""
    columns = "question_id, subject, reason, error_code, error_action, details, refused_at, run_id"
    replace_rows(con, "refusals", rows, columns=columns)
    con.execute(fill_sql("question_rekey", table="refusals"))


def load_research_tables(
    con: duckdb.DuckDBPyConnection,
    *,
    people: Sequence[dict[str, Any]],
    purchases: Sequence[dict[str, Any]],
    rejected: Sequence[dict[str, Any]],
) -> None:
    """Replace the tables where they differ. Rows are dicts by column; what is missing is NULL; times are UTC."""
    _replace(con, "contact_research_people", people)
    _replace(con, "contact_research_purchases", purchases)
    _replace(con, "internal.other_rejected_inputs", rejected, where=f"subject_type = '{REJECTED_TYPE}'")


def _replace(
    con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[dict[str, Any]], *, where: str = "true"
) -> None:
    names = [name for name, *_ in con.execute(f"DESCRIBE {table}").fetchall()] if rows else []
    replace_rows(con, table, [tuple(row.get(name) for name in names) for row in rows], where=where)


def replace_rows(
    con: duckdb.DuckDBPyConnection,
    table: str,
    rows: Sequence[tuple[Any, ...]],
    *,
    columns: str = "*",
    where: str = "true",
) -> bool:
    """Make ``rows``, tuples of the table's ``columns``, the rows of ``table`` (those ``where`` it holds).

    Times are naive UTC. Returns whether anything changed.
    """
    if not rows and not con.execute(f"SELECT 1 FROM {table} WHERE {where} LIMIT 1").fetchall():  # noqa: S608 - constants
        return False  # most of a dozen tables in most runs: without this 4 ms each
    described = con.execute(f"DESCRIBE SELECT {columns} FROM {table}").fetchall()  # noqa: S608 - constants
    unnested = ", ".join(f"unnest(?::{kind}[]) AS {identifier(name)}" for name, kind, *_ in described)
    values = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in described]
    con.execute(f"CREATE OR REPLACE TEMP TABLE ledger_rows AS SELECT {unnested}", values)
    try:
        return replace_by(con, table, "ledger_rows", columns=columns, where=where)
    finally:
        con.execute("DROP TABLE temp.ledger_rows")


def replace_by(
    con: duckdb.DuckDBPyConnection, table: str, source: str, *, columns: str = "*", where: str = "true"
) -> bool:
    """The same with the rows of another table, ``source``."""
    there = f"SELECT {columns} FROM {table} WHERE {where}"  # noqa: S608 - constants
    differs = f"({there} EXCEPT ALL FROM {source}) UNION ALL (FROM {source} EXCEPT ALL {there}) LIMIT 1"
    if not con.execute(differs).fetchall():  # an unchanged file need not be published again
        return False
    with transaction(con):
        con.execute(f"DELETE FROM {table} WHERE {where}")  # noqa: S608 - constants
        con.execute(f"INSERT INTO {table} BY NAME FROM {source}")
    return True
