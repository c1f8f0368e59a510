"""Column types for Parquet files that other tools read.

DuckDB marks JSON in a Parquet file. polars gives bytes for a column with that mark, and other readers do not know it; a
text is a text for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from saber_pipeline.warehouse.sql import identifier

if TYPE_CHECKING:
    import duckdb
    from duckdb.sqltypes import DuckDBPyType


def parquet_column(con: duckdb.DuckDBPyConnection, name: str, kind: str) -> str:
    """SQL that selects the column ``name`` of the DuckDB type ``kind``, with a text for JSON at any depth."""
    column = identifier(name)
    return f"{column}::{_without_json(con.sqltype(kind))} AS {column}" if "JSON" in kind else column


def _without_json(kind: DuckDBPyType) -> str:
    if kind.id not in {"list", "struct", "map"}:
        return "VARCHAR" if str(kind) == "JSON" else str(kind)
    parts = [(name, _without_json(part)) for name, part in cast("list[tuple[str, DuckDBPyType]]", kind.children)]
    if kind.id == "list":
        return f"{parts[0][1]}[]"
    if kind.id == "struct":
        return f"STRUCT({', '.join(f'{identifier(name)} {part}' for name, part in parts)})"
    return f"MAP({', '.join(part for _, part in parts)})"
