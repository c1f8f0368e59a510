"""The ledger's tables for analysts: ``batches``, ``credit_balances``, ``refusals``, and the spending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saber_pipeline.warehouse.sql import fill_sql, identifier
from saber_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

BATCHES = ("batch_id", "mode", "state", "submitted_at", "signals", "force_refresh", "run_id")
CREDIT_BALANCES = ("observed_at", "remaining_credits")
REFUSALS = ("question_id", "subject", "reason", "error_code", "error_action", "details", "refused_at", "run_id")
SPENDING = ("day", "list", "question_id", "question_key", "run_id", "pairs", "credits")


def load_batches(con: duckdb.DuckDBPyConnection, rows: Sequence[tuple[Any, ...]]) -> bool:
    """Replace ``batches``. Rows are tuples in the order of ``BATCHES``; times are naive UTC.

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
    columns: Iterable[str],
    *,
    where: str = "true",
) -> bool:
    """Make ``rows``, tuples of these ``columns``, the rows of ``table`` (those ``where`` it holds).

    Returns whether anything changed.
    """
    if not rows and not con.execute(f"SELECT 1 FROM {table} WHERE {where} LIMIT 1").fetchall():  # noqa: S608 - constants
        return False  # most of a dozen tables in most runs: without this 4 ms each
    names = ", ".join(map(identifier, columns))
    types = con.execute(f"DESCRIBE SELECT {names} FROM {table}").fetchall()  # noqa: S608 - constants
    unnested = ", ".join(f"unnest(?::{kind}[]) AS {identifier(name)}" for name, kind, *_ in types)
    values = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in types]
    con.execute(f"CREATE OR REPLACE TEMP TABLE ledger_rows AS SELECT {unnested}", values)
    try:
        differs = con.execute(
            f"(SELECT {names} FROM {table} WHERE {where} EXCEPT ALL FROM ledger_rows) UNION ALL "  # noqa: S608 - constants
            f"(FROM ledger_rows EXCEPT ALL SELECT {names} FROM {table} WHERE {where}) LIMIT 1"
        ).fetchall()
        if not differs:  # an unchanged file need not be published again
            return False
        with transaction(con):
            con.execute(f"DELETE FROM {table} WHERE {where}")  # noqa: S608 - constants
            con.execute(f"INSERT INTO {table} ({names}) FROM ledger_rows")
    finally:
        con.execute("DROP TABLE temp.ledger_rows")
    return True
