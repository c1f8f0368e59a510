"""What the columns of a question's view are, as the database has them."""

from __future__ import annotations

import duckdb


def question_columns(con: duckdb.DuckDBPyConnection, key: str) -> list[tuple[str, str, str | None]]:
    """Name, DuckDB type and comment of each column of ``questions.<key>``, in order."""
    return con.execute(
        "SELECT column_name, data_type, comment FROM duckdb_columns() "
        "WHERE schema_name = 'questions' AND table_name = ? ORDER BY column_index",
        [key],
    ).fetchall()
