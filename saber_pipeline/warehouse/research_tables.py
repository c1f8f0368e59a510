"""The ledger's tables about contact research for analysts: people in the lists, and purchases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saber_pipeline.warehouse.ledger_tables import replace_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

REJECTED_TYPE = "research"
"""``rejected_inputs.subject_type`` of rows of research lists."""


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
