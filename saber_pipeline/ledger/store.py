"""Opening the ledger: SQLite in WAL mode through SQLAlchemy Core."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event

from saber_pipeline.errors import OtherAddressError, StorageError
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.migrations import bring_up_to_date

RETRY_SECONDS = 0.02
BUSY_TIMEOUT_SECONDS = 120
"""How long a transaction waits for another process's transaction; they last milliseconds to seconds."""


class Ledger:
    """One data directory's ledger. Safe to use from several processes and threads at once."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, path: Path, *, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS) -> Ledger:
        """Open the ledger at ``path``, creating it on first use.

        Raises:
            StorageError: the folder or file cannot be written, or is not a ledger.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unusable(path, error) from None
        ledger = cls(_engine(sa.URL.create("sqlite", database=str(path)), busy_timeout_seconds=busy_timeout_seconds))
        try:
            with ledger.transaction() as connection:
                was_rewritten = bring_up_to_date(connection, str(path))
            if was_rewritten:
                ledger.give_back_space()
        except sa.exc.DatabaseError as error:
            raise _unusable(path, error.orig or error) from None
        return ledger

    @classmethod
    def open_to_read(cls, path: Path) -> Ledger:
        """Open the ledger without writing anything; an empty one in memory where there is none yet."""
        if path.exists():
            # Reading a WAL file makes two files beside it, unless nobody has it open and so nobody writes.
            is_in_use = path.with_name(f"{path.name}-wal").exists()
            query = {"uri": "true", "mode": "ro"} | ({} if is_in_use else {"immutable": "1"})
            return cls(_engine(sa.URL.create("sqlite", database=f"file:{quote(str(path))}", query=query), writes=False))
        ledger = cls(_engine("sqlite://"))
        with ledger.transaction() as connection:
            t.metadata.create_all(connection)
        return ledger

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """A transaction that writes: exclusive from its first statement, durable when it ends."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A consistent snapshot to read from; it neither waits for writers nor holds them up."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")

    def give_back_space(self) -> None:
        """Make the file as small as what is in it; does nothing while others have it open."""
        with self._engine.connect() as connection, contextlib.suppress(sa.exc.OperationalError):
            connection.exec_driver_sql("VACUUM")

    def close(self) -> None:
        """Release the file."""
        self._engine.dispose()


def bind_address(connection: sa.Connection, base_url: str) -> None:
    """Record at the first purchase which API this data directory belongs to.

    Raises:
        OtherAddressError: it belongs to another one.
    """
    check_address(connection, base_url)
    if get_fact(connection, "base_url") is None:
        set_fact(connection, "base_url", base_url)


def check_address(connection: sa.Connection, base_url: str) -> None:
    """Refuse to mix answers of two APIs in one data directory."""
    known = get_fact(connection, "base_url")
    if known is not None and known != base_url:
        raise OtherAddressError(
            f"This data directory belongs to {known}, but SABER_BASE_URL is {base_url}. Nothing was spent. "
            f"Set SABER_BASE_URL back, or use another SABER_DATA_DIR for this address."
        )


def get_fact(connection: sa.Connection, name: str) -> str | None:
    """A remembered fact about the API (its address, its domain cap)."""
    value: str | None = connection.execute(sa.select(t.facts.c.value).where(t.facts.c.name == name)).scalar()
    return value


def set_fact(connection: sa.Connection, name: str, value: str) -> None:
    """Remember a fact, replacing what was remembered under the name."""
    connection.execute(sa.delete(t.facts).where(t.facts.c.name == name))
    connection.execute(sa.insert(t.facts).values(name=name, value=value))


def _engine(url: str | sa.URL, *, writes: bool = True, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS) -> sa.Engine:
    is_memory = url == "sqlite://"
    engine = sa.create_engine(
        url,
        connect_args={"timeout": busy_timeout_seconds, "check_same_thread": False},
        poolclass=sa.pool.StaticPool if is_memory else sa.pool.QueuePool,
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # the transactions above are the only ones
        if writes:
            _write_ahead(connection, busy_timeout_seconds)
            connection.execute("PRAGMA synchronous=FULL")  # written ahead means written: also after a power cut

    return engine


def _write_ahead(connection: sqlite3.Connection, patience_seconds: float) -> None:
    """Switch to WAL. Where two open a new file at once, SQLite lets one of them wait for nothing: it tries again."""
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


def _unusable(path: Path, error: BaseException) -> StorageError:
    return StorageError(
        f"The ledger {path} cannot be used ({error}). Nothing was spent. "
        f"Make the folder writable for this user, or set SABER_DATA_DIR to one that is."
    )
