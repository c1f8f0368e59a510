"""The subjects of lists, under one name for companies and contacts, for set-based planning and outcomes."""

from __future__ import annotations

from pathlib import Path

import duckdb

from saber_pipeline.config.questions.subject_kinds import SubjectKind
from saber_pipeline.warehouse.sql import literal, read_sql


def load_list_members(con: duckdb.DuckDBPyConnection, kind: SubjectKind) -> None:
    """``list_members(list, subject)``: a view of the kind's table in the database on ``con``."""
    con.execute(
        f'CREATE OR REPLACE TEMP VIEW list_members AS SELECT "list", {kind.column} AS subject '  # noqa: S608 - a kind's names
        f"FROM {kind.table}"
    )


def subdomains_of_others(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """List, domain and parent domain, if both are in ``domains``: such as shop.acme.com and acme.com."""
    return con.execute(read_sql("subdomains")).fetchall()


def profiles_elsewhere(con: duckdb.DuckDBPyConnection) -> int:
    """The number of contacts of the asked lists whose profile is not on LinkedIn. Call this after planning."""
    ((contacts,),) = con.execute(
        "SELECT count(DISTINCT subject) FROM list_members "
        "WHERE \"list\" IN (FROM asked_lists) AND subject NOT LIKE 'https://www.linkedin.com/%'"
    ).fetchall()
    return int(contacts)


def use_list_snapshots(con: duckdb.DuckDBPyConnection, kind: SubjectKind, folder: Path) -> None:
    """Use the list snapshots in ``folder`` in place of the kind's table, without writing the database."""
    files = sorted(str(file) for file in folder.glob(f"*.{kind.table}.parquet"))
    rows = f"SELECT * FROM read_parquet([{', '.join(map(literal, files))}])"  # noqa: S608 - files of ours
    nothing = f'SELECT NULL::VARCHAR AS "list", NULL::VARCHAR AS {kind.column} LIMIT 0'
    con.execute(f"CREATE OR REPLACE TEMP TABLE {kind.table} AS {rows if files else nothing}")
