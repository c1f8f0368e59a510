"""Migrates the ledger of an older version: one step for each version of its tables, all in one transaction.

``PRAGMA user_version`` holds the version and changes in the same transaction. Ledgers made before versions were counted
have version 0. On Postgres the version is a row of the table ``facts``. Ledgers there begin at version 5, so the steps
up to 5 may use SQLite's SQL alone. Never change a released step. A step that needs a table's former columns writes them
in its own SQL, because ``tables.py`` holds the newest.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from saber_pipeline.errors import StorageError
from saber_pipeline.ledger import alert_tables
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.dialect import insert, is_postgres
from saber_pipeline.ledger.reasons import LONGEST_REASON, kept_reason

Step = Callable[[sa.Connection], None]
VERSION_KEY = "version"


def bring_up_to_date(connection: sa.Connection, ledger_name: str) -> bool:
    """Create the tables, or migrate those of an older version. Returns whether anything was rewritten.

    Raises:
        StorageError: a newer version made this ledger.
    """
    version = _version(connection)
    is_new = not sa.inspect(connection).get_table_names()
    if version > len(STEPS):
        raise StorageError(
            f"The ledger {ledger_name} was made by a newer version of saber-pipeline. Nothing was read or spent. "
            "Install that version again, or set SABER_DATA_DIR to another folder."
        )
    for step in () if is_new else STEPS[version:]:
        step(connection)
    alert_tables.alerts.metadata.create_all(connection)  # all tables: the import adds those of alerts
    if version < len(STEPS):
        _set_version(connection, len(STEPS))
    return not is_new and version < len(STEPS)


def steps_missing(connection: sa.Connection) -> int:
    """How many versions this ledger is behind; negative if a newer version made it. Writes nothing."""
    return len(STEPS) - _version(connection)


def _version(connection: sa.Connection) -> int:
    if is_postgres(connection):
        has_key_values = sa.inspect(connection).has_table("facts")
        kept = sa.select(t.key_values.c.value).where(t.key_values.c.name == VERSION_KEY)
        return int(connection.execute(kept).scalar() or 0) if has_key_values else 0
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def _set_version(connection: sa.Connection, version: int) -> None:
    if is_postgres(connection):
        first = insert(connection, t.key_values).values(name=VERSION_KEY, value=str(version))
        connection.execute(first.on_conflict_do_update(index_elements=["name"], set_={"value": str(version)}))
    else:
        connection.exec_driver_sql(f"PRAGMA user_version = {version}")


def _reasons_once(connection: sa.Connection) -> None:
    """Keep each reason once, and cut. Uncut beside each pair, one long message of 800 refused pairs took 88 MB."""
    connection.connection.driver_connection.create_function("kept_reason", 1, _kept_or_none, deterministic=True)  # type: ignore[union-attr]
    for table in ("submissions", "researches", "summary_requests"):
        if sa.inspect(connection).has_table(table):
            connection.exec_driver_sql(
                f"UPDATE {table} SET reason = kept_reason(reason) WHERE length(reason) > {LONGEST_REASON}"  # noqa: S608 - constants
            )
    if not sa.inspect(connection).has_table("unserved"):
        return
    connection.exec_driver_sql("ALTER TABLE unserved RENAME TO unserved_until_0")
    connection.exec_driver_sql(
        "CREATE TABLE reasons (reason_number INTEGER NOT NULL PRIMARY KEY, reason TEXT NOT NULL UNIQUE)"
    )
    t.skipped.create(connection)
    connection.exec_driver_sql(
        "INSERT OR IGNORE INTO reasons (reason) SELECT DISTINCT kept_reason(reason) FROM unserved_until_0"
    )
    connection.exec_driver_sql(
        "INSERT INTO unserved (run_id, question_id, subject, kind, reason_number, at) "
        "SELECT run_id, question_id, subject, kind, reason_number, at FROM unserved_until_0 AS old "
        "JOIN reasons ON reasons.reason = kept_reason(old.reason)"
    )
    connection.exec_driver_sql("DROP TABLE unserved_until_0")


def _kept_or_none(reason: str | None) -> str | None:
    return None if reason is None else kept_reason(reason)


def _named_signals(connection: sa.Connection) -> None:
    """Add the index that finds pairs in flight by the signal id that the API named."""
    if sa.inspect(connection).has_table("pairs"):
        connection.exec_driver_sql(
            "CREATE INDEX IF NOT EXISTS pairs_in_flight_by_signal ON pairs (signal_id) "
            "WHERE state = 'sent' AND signal_id IS NOT NULL"
        )


def _machine_times(connection: sa.Connection) -> None:
    """Add the machine's times, which also measure waits, and the time of the newest signal known at the claim."""
    added = {
        "submissions": ("machine_intended_at", "machine_unknown_at"),
        "pairs": ("known_created_at",),
        "researches": ("machine_intended_at",),
        "summary_requests": ("machine_at",),
    }
    for table, columns in added.items():
        if sa.inspect(connection).has_table(table):
            for column in columns:
                connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {column} FLOAT")


SPENDING_SO_FAR = """
    INSERT OR IGNORE INTO spending
        (purchase_id, question_id, list_name, question_key, run_id, spent_at, pairs, free_pairs, price)
    WITH known AS (
        SELECT submission_id, question_id, subject FROM pairs WHERE submission_id IS NOT NULL
        UNION
        SELECT submission_id, question_id, subject FROM published
    ),
    counted AS (SELECT submission_id, question_id, count(*) AS pairs FROM known GROUP BY submission_id, question_id),
    paid AS (SELECT * FROM submissions WHERE state <> 'refused')
    SELECT s.submission_id, c.question_id, '', q.question_key, s.run_id, s.intended_at, c.pairs, 0, NULL
    FROM paid AS s
    JOIN counted AS c ON c.submission_id = s.submission_id
    LEFT JOIN questions AS q ON q.question_id = c.question_id
    UNION ALL
    SELECT s.submission_id, '', '', NULL, s.run_id, s.intended_at, s.signals - coalesce(sum(c.pairs), 0), 0, NULL
    FROM paid AS s
    LEFT JOIN counted AS c ON c.submission_id = s.submission_id
    GROUP BY s.submission_id
    HAVING s.signals > coalesce(sum(c.pairs), 0)
"""


def _spending(connection: sa.Connection) -> None:
    """Add the table ``spending``. The lists and prices of earlier purchases are not known."""
    there = sa.inspect(connection)
    for table, columns in {"pairs": ("list_name TEXT", "is_free BOOLEAN"), "researches": ("list_name TEXT",)}.items():
        if there.has_table(table):
            known = {column["name"] for column in there.get_columns(table)}
            for column in columns:
                if column.split()[0] not in known:
                    connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {column}")
    t.metadata.create_all(connection, tables=[t.spending, t.pairs, t.published, t.submissions, t.questions])
    connection.exec_driver_sql(SPENDING_SO_FAR)
    # Pairs in flight find their row of spending by their list.
    connection.exec_driver_sql("UPDATE pairs SET list_name = '' WHERE list_name IS NULL")


def _reason_details(connection: sa.Connection) -> None:
    """Add the API's code, advice and details to reasons. Before, a reason was its text alone."""
    if not sa.inspect(connection).has_table("reasons"):
        return
    connection.exec_driver_sql("ALTER TABLE reasons RENAME TO reasons_until_4")
    connection.exec_driver_sql(
        "CREATE TABLE reasons (reason_number INTEGER NOT NULL PRIMARY KEY, reason TEXT NOT NULL, "
        "error_code TEXT, error_action TEXT, details TEXT)"
    )
    connection.exec_driver_sql(
        "INSERT INTO reasons (reason_number, reason) SELECT reason_number, reason FROM reasons_until_4"
    )
    connection.exec_driver_sql("DROP TABLE reasons_until_4")
    connection.exec_driver_sql("CREATE INDEX ix_reasons_reason ON reasons (reason)")


STEPS: list[Step] = [_reasons_once, _named_signals, _machine_times, _spending, _reason_details]
"""The step at index n migrates version n to version n + 1."""
