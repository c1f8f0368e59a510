"""The subjects of the lists, handed to set-based planning and accounting under one name for both kinds."""

from __future__ import annotations

from pathlib import Path

import duckdb

from saber_pipeline.config.questions.subject_kinds import SubjectKind
from saber_pipeline.warehouse.sql import literal, read_sql


def load_list_members(con: duckdb.DuckDBPyConnection, kind: SubjectKind) -> None:
    """``list_members(list, subject)``: the kind's table of the database open on ``con``."""
    con.execute(
        f'CREATE OR REPLACE TEMP VIEW list_members AS SELECT "list", {kind.column} AS subject '  # noqa: S608 - a kind's names
        f"FROM {kind.table}"
    )


def subdomains_of_others(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """List, domain and parent, where both are companies of ``domains``: shop.acme.com beside acme.com."""
    return con.execute(read_sql("subdomains")).fetchall()


def profiles_elsewhere(con: duckdb.DuckDBPyConnection) -> int:
    """How many subjects of the asked lists, which are contacts, are not on LinkedIn; ask it after planning."""
    ((contacts,),) = con.execute(
        "SELECT count(DISTINCT subject) FROM list_members "
        "WHERE \"list\" IN (FROM asked_lists) AND subject NOT LIKE 'https://www.linkedin.com/%'"
    ).fetchall()
    return int(contacts)


def use_list_snapshots(con: duckdb.DuckDBPyConnection, kind: SubjectKind, folder: Path) -> None:
    """Take list snapshots in ``folder`` for the kind's table, without writing the database."""
    files = sorted(str(file) for file in folder.glob(f"*.{kind.table}.parquet"))
    rows = f"SELECT * FROM read_parquet([{', '.join(map(literal, files))}])"  # noqa: S608 - files of ours
    nothing = f'SELECT NULL::VARCHAR AS "list", NULL::VARCHAR AS {kind.column} LIMIT 0'
    con.execute(f"CREATE OR REPLACE TEMP TABLE {kind.table} AS {rows if files else nothing}")
