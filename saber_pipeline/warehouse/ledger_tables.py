"""The ledger's tables for analysts: ``batches``, ``credit_balances``, ``refusals``, and the spending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saber_pipeline.warehouse.sql import fill_sql, identifier

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

BATCHES = {
    "batch_id": "VARCHAR",
    "mode": "VARCHAR",
    "state": "VARCHAR",
    "submitted_at": "TIMESTAMP",
    "signals": "BIGINT",
    "force_refresh": "BOOLEAN",
    "run_id": "VARCHAR",
}
CREDIT_BALANCES = {"observed_at": "TIMESTAMP", "remaining_credits": "BIGINT"}
REFUSALS = {
    "question_id": "VARCHAR",
    "subject": "VARCHAR",
    "reason": "VARCHAR",
    "error_code": "VARCHAR",
    "error_action": "VARCHAR",
    "details": "VARCHAR",
    "refused_at": "TIMESTAMP",
    "run_id": "VARCHAR",
}

SPENDING = {
    "day": "DATE",
    "list": "VARCHAR",
    "question_id": "VARCHAR",
    "question_key": "VARCHAR",
    "run_id": "VARCHAR",
    "pairs": "BIGINT",
    "credits": "DECIMAL(18, 4)",
}


def load_batches(con: duckdb.DuckDBPyConnection, rows: Sequence[tuple[Any, ...]]) -> bool:
    """Replace ``batches``. Rows are tuples in the table's column order; times are naive UTC.

    Returns whether anything changed.
    """
    return replace_rows(con, "batches", rows, BATCHES)


def load_credit_balances(con: duckdb.DuckDBPyConnection, rows: Sequence[tuple[Any, ...]]) -> bool:
    """Replace ``credit_balances``, likewise."""
    return replace_rows(con, "credit_balances", rows, CREDIT_BALANCES)


def load_refusals(con: duckdb.DuckDBPyConnection, rows: Sequence[tuple[Any, ...]]) -> bool:
    """Replace ``refusals``, likewise, and give each its question's key; call it after ``apply_questions``."""
    changed = replace_rows(con, "refusals", rows, REFUSALS)
    con.execute(fill_sql("question_rekey", table="refusals"))
    return changed


def load_spending(con: duckdb.DuckDBPyConnection, rows: Sequence[tuple[Any, ...]]) -> bool:
    """Replace ``internal.spending``, likewise."""
    return replace_rows(con, "internal.spending", rows, SPENDING)


def replace_rows(
    con: duckdb.DuckDBPyConnection,
    table: str,
    rows: Sequence[tuple[Any, ...]],
    types: Mapping[str, str],
    *,
    where: str = "true",
) -> bool:
    """Make ``rows``, tuples in the order of ``types``, the rows of ``table`` (those ``where`` it holds).

    Returns whether anything changed.
    """
    if not rows and not con.execute(f"SELECT 1 FROM {table} WHERE {where} LIMIT 1").fetchall():  # noqa: S608 - constants
        return False  # most of a dozen tables in most runs: without this 4 ms each
    columns = ", ".join(identifier(name) for name in types)
    unnested = ", ".join(f"unnest(?::{kind}[]) AS {identifier(name)}" for name, kind in types.items())
    values = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in types]
    con.execute(f"CREATE OR REPLACE TEMP TABLE ledger_rows AS SELECT {unnested}", values)
    try:
        differs = con.execute(
            f"(SELECT {columns} FROM {table} WHERE {where} EXCEPT ALL SELECT {columns} FROM ledger_rows) UNION ALL "  # noqa: S608 - constants
            f"(SELECT {columns} FROM ledger_rows EXCEPT ALL SELECT {columns} FROM {table} WHERE {where}) LIMIT 1"
        ).fetchall()
        if not differs:  # an unchanged file need not be published again
            return False
        con.execute("BEGIN")
        con.execute(f"DELETE FROM {table} WHERE {where}")  # noqa: S608 - constants
        con.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM ledger_rows")  # noqa: S608 - constants
        con.execute("COMMIT")
    finally:
        con.execute("DROP TABLE temp.ledger_rows")
    return True
