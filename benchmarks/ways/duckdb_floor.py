"""A floor: DuckDB loading the same signals from plain lines on disk into the same tables.

No tolerance, no look at what is there already, no ledger, no HTTP. The lines are read twice, once for the signals
and once for what is typed of them: quicker than keeping them in between.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.ways.sql import statements
from saber_pipeline.warehouse.schema import schema_sql
from saber_pipeline.warehouse.sql import literal


def collect(base_url: str, folder: Path) -> None:  # noqa: ARG001 - as every way is called
    """Load ``folder/lines.ndjson`` and write it out."""
    lines = literal(str(folder / "lines.ndjson"))
    with duckdb.connect(config={"memory_limit": "200MB"}) as con:
        con.execute(
            f"ATTACH {literal(str(folder / 'out.duckdb'))} AS floor (STORAGE_VERSION 'v1.4.0', ROW_GROUP_SIZE 10240)"
        )
        con.execute("USE floor")
        con.execute("SET TimeZone = 'UTC'")
        con.execute("SET preserve_insertion_order = false")
        con.execute("SET wal_autocheckpoint = '1GB'")
        con.execute(schema_sql())
        con.execute("BEGIN")
        for statement in statements("duckdb_floor"):
            con.execute(statement.replace("$lines", lines))
        con.execute("COMMIT")
        con.execute("CHECKPOINT")
