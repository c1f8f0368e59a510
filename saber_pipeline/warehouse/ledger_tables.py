"""What the ledger tells analysts: the tables ``batches``, ``credit_balances`` and ``refusals``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from saber_pipeline.warehouse.sql import fill_sql, identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

BATCHES = pa.schema(
    [
        ("batch_id", pa.string()),
        ("mode", pa.string()),
        ("state", pa.string()),
        ("submitted_at", pa.timestamp("us")),
        ("signals", pa.int64()),
        ("force_refresh", pa.bool_()),
        ("run_id", pa.string()),
    ]
)
CREDIT_BALANCES = pa.schema([("observed_at", pa.timestamp("us")), ("remaining_credits", pa.int64())])

REFUSALS = pa.schema(
    [
        ("question_id", pa.string()),
        ("subject", pa.string()),
        ("reason", pa.string()),
        ("refused_at", pa.timestamp("us")),
        ("run_id", pa.string()),
    ]
)


def load_batches(con: duckdb.DuckDBPyConnection, rows: Sequence[tuple[Any, ...]] | pa.Table) -> bool:
    """Replace ``batches``. Rows are tuples in the table's column order, or an Arrow table; times are UTC.

    Returns whether anything changed.
    """
    return _replace(con, "batches", rows, BATCHES)


def load_credit_balances(con: duckdb.DuckDBPyConnection, rows: Sequence[tuple[Any, ...]] | pa.Table) -> bool:
    """Replace ``credit_balances``, likewise."""
    return _replace(con, "credit_balances", rows, CREDIT_BALANCES)


def load_refusals(con: duckdb.DuckDBPyConnection, rows: Sequence[tuple[Any, ...]] | pa.Table) -> bool:
    """Replace ``refusals``, likewise, and give each its question's key; call it after ``apply_questions``."""
    changed = _replace(con, "refusals", rows, REFUSALS)
    con.execute(fill_sql("question_rekey", table="refusals"))
    return changed


def replace_rows(con: duckdb.DuckDBPyConnection, table: str, wanted: pa.Table, *, where: str = "true") -> bool:
    """Make ``wanted`` the rows of ``table`` (those ``where`` it holds); returns whether anything changed."""
    columns = ", ".join(identifier(name) for name in wanted.schema.names)
    con.register("ledger_rows", wanted)
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
        con.unregister("ledger_rows")
    return True


def _replace(
    con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]] | pa.Table, schema: pa.Schema
) -> bool:
    return replace_rows(con, table, rows if isinstance(rows, pa.Table) else _table(rows, schema))


def _table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)
