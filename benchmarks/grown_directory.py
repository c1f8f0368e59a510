"""A data directory that owns as much as is wanted: what was collected for real, copied under other names.

A million collected take two minutes, ten million half an hour. Copies are made inside DuckDB and SQLite. They are
older than what they are copies of: by days, so that what is new later does not share theirs, or by seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.ledger.store import Ledger
from saber_pipeline.warehouse.session import warehouse_session

if TYPE_CHECKING:
    import duckdb

    from saber_pipeline.config.paths import DataPaths

STEP = 5
"""So many copies are made by one statement."""

STEPS_BACK = 20
"""Copies are one to so many days or seconds older; what is asked again after 30 days stays owned."""

CHANGED = {
    "signal_id": "signal_id || '-' || number AS signal_id",
    "subject": "printf('copy%d.%s', number, subject) AS subject",
    **{
        name: f"{name} - to_seconds($older * (1 + number % {STEPS_BACK})) AS {name}"
        for name in ("created_at", "completed_at", "landed_at")
    },
}
LEDGER = f"""
    INSERT INTO published (question_id, subject, submission_id, signal_id, published_at)
    SELECT question_id, 'copy' || ? || '.' || subject, submission_id, signal_id || '-' || ?,
        published_at - ? * (1 + ? % {STEPS_BACK})
    FROM published WHERE rowid <= ?
"""  # noqa: S608 - a constant


def copied_domains(domains: list[str], copies: int) -> list[str]:
    """The domains that ``grow`` makes of these."""
    return [f"copy{number}.{domain}" for number in range(1, copies + 1) for domain in domains]


def grow(paths: DataPaths, copies: int, *, same_day: bool = False) -> int:
    """Own everything so many times more; returns how many signals are owned then."""
    older = 1 if same_day else 86_400
    with warehouse_session(paths, memory_limit="1GB") as session:
        con = session.con
        for table in _tables(con):
            columns = _columns(con, table)
            changed = ", ".join(CHANGED[name] for name in columns if name in CHANGED)
            con.execute(f"CREATE TEMP TABLE base AS FROM {table}")
            for first in range(1, copies + 1, STEP):
                con.execute(
                    f"INSERT INTO {table} BY NAME SELECT base.* REPLACE ({changed}) "  # noqa: S608 - constants
                    "FROM base, range($first, $after) AS numbers (number)",
                    {"first": first, "after": min(first + STEP, copies + 1)}
                    | ({"older": older} if "$older" in changed else {}),
                )
            con.execute("DROP TABLE base")
            con.execute("CHECKPOINT")
        ((owned,),) = con.execute("SELECT count(*) FROM signals").fetchall()
        session.close_connection()
    ledger = Ledger.open(paths.ledger_file)
    with ledger.transaction() as connection:
        originals = connection.exec_driver_sql("SELECT max(rowid) FROM published").scalar_one()
    for number in range(1, copies + 1):
        with ledger.transaction() as connection:
            connection.exec_driver_sql(LEDGER, (number, number, older, number, originals))
    ledger.close()
    return int(owned)


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Those that say something about a signal."""
    rows = con.execute(
        "SELECT table_name FROM duckdb_columns() JOIN duckdb_tables() USING (schema_name, table_name) "
        "WHERE schema_name = 'main' AND column_name = 'signal_id' AND table_name <> 'reviews' ORDER BY ALL"
    ).fetchall()
    return [name for (name,) in rows]


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    rows = con.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [table]).fetchall()
    return [name for (name,) in rows]
