"""What the contenders that leave all typing to DuckDB's JSON reader have in common."""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.contenders.sql import statements
from saber_pipeline.warehouse.schema import schema_sql
from saber_pipeline.warehouse.sql import literal


def load_lines(lines: Path, database: Path, *, memory_limit: str) -> None:
    """Load signals, one a line, into the warehouse's own tables, in one transaction."""
    with duckdb.connect(config={"memory_limit": memory_limit, "temp_directory": str(database.parent)}) as con:
        con.execute(f"ATTACH {literal(str(database))} AS floor (STORAGE_VERSION 'v1.4.0', ROW_GROUP_SIZE 10240)")
        con.execute("USE floor")
        con.execute("SET TimeZone = 'UTC'")
        con.execute("SET preserve_insertion_order = false")
        con.execute("SET wal_autocheckpoint = '1GB'")
        con.execute(schema_sql())
        con.execute("BEGIN")
        for statement in statements("duckdb_plain"):
            con.execute(statement.replace("$lines", literal(str(lines))))
        con.execute("COMMIT")
        con.execute("CHECKPOINT")
