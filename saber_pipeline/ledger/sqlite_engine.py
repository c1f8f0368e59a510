"""SQLite engines of ledgers: WAL, durable commits, and compiled statements shared by all engines of a process."""

from __future__ import annotations

import sqlite3
import time
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.util import LRUCache

RETRY_SECONDS = 0.02
MOST_STATEMENTS = 500
_COMPILED: LRUCache[Any, Any] = LRUCache(MOST_STATEMENTS)


def sqlite_engine(url: str | sa.URL, *, busy_timeout_seconds: float, writes: bool = True) -> sa.Engine:
    """An engine whose connections begin and end transactions only by statements."""
    engine = sa.create_engine(
        url,
        connect_args={"timeout": busy_timeout_seconds, "check_same_thread": False},
        poolclass=sa.pool.StaticPool if url == "sqlite://" else sa.pool.QueuePool,
    )
    share_statements(engine)

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        if writes:
            _write_ahead(connection, busy_timeout_seconds)
            connection.execute("PRAGMA synchronous=FULL")  # intents must survive a power cut

    return engine


def share_statements(engine: sa.Engine) -> None:
    """Let an engine of a SQLite file use the statements that other engines of this process have compiled.

    SQLAlchemy compiles statements for each engine and dialect object, which takes 0.1 s for those of a run.
    """
    engine.dialect = _dialect()
    engine.update_execution_options(compiled_cache=_COMPILED)


@cache
def _dialect() -> sa.Dialect:
    engine = sa.create_engine("sqlite://")
    with engine.connect():  # the dialect detects what this SQLite supports
        pass
    engine.dispose()
    return engine.dialect


def _write_ahead(connection: sqlite3.Connection, patience_seconds: float) -> None:
    """Switch to WAL, with retries: if two processes open a new file at once, SQLite fails one without waiting."""
    give_up = time.monotonic() + patience_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return
