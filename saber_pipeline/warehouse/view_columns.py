"""What the columns of the questions' views are, as the database has them."""

from __future__ import annotations

from collections.abc import Collection

import duckdb

Column = tuple[str, str, str | None]


def question_columns(con: duckdb.DuckDBPyConnection, keys: Collection[str]) -> dict[str, list[Column]]:
    """Name, DuckDB type and comment of each column of ``questions.<key>``, in order, for each of ``keys``."""
    columns: dict[str, list[Column]] = {key: [] for key in keys}
    rows = con.execute(
        "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() "
        "WHERE schema_name = 'questions' ORDER BY table_name, column_index"
    ).fetchall()
    for key, *column in rows:
        if key in columns:
            columns[key].append((column[0], column[1], column[2]))
    return columns
