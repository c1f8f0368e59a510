"""Opens the ledger: SQLite through SQLAlchemy Core (``sqlite_engine.py``), or Postgres (``postgres.py``)."""

from __future__ import annotations

import logging
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, unquote

import sqlalchemy as sa

from saber_pipeline.config.private_files import make_private_folder, private_files
from saber_pipeline.config.secrets import LedgerAddress
from saber_pipeline.errors import OtherAddressError, StorageError, StorageLockedError
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.migrations import bring_up_to_date, steps_missing
from saber_pipeline.ledger.run_ids import orchestrator_id
from saber_pipeline.ledger.sqlite_engine import sqlite_engine
from saber_pipeline.ledger.steps import STEPPED, position
from saber_pipeline.lock_holders import SAID_AFTER_SECONDS, describe_processes, processes_holding
from saber_pipeline.storage_failures import as_storage_failures

logger = logging.getLogger(__name__)

BUSY_TIMEOUT_SECONDS = 120
"""How long a transaction waits for those of other processes, which take milliseconds to seconds."""


class Ledger:
    """One data directory's ledger. Safe to use from several processes and threads at once.

    ``mark``, if set, is called with the identity and the counter after each step (``steps.py``).
    """

    is_in_a_database: ClassVar[bool] = False
    """Whether runs on several machines share the ledger."""
    database_errors: ClassVar[tuple[type[Exception], ...]] = (sa.exc.SQLAlchemyError, sqlite3.Error)

    def __init__(self, engine: sa.Engine) -> None:
        self.mark: Callable[[str, int], None] | None = None
        self._engine = engine
        self._file = Path(unquote((engine.url.database or "in memory").removeprefix("file:")))
        self._subject = f"The ledger {self._file}"

    @classmethod
    def open(cls, path: Path | LedgerAddress, *, busy_timeout_seconds: float | None = None) -> Ledger:
        """Open the ledger at ``path``, a file or a database's address, creating it on first use.

        Raises:
            StorageError: the folder or file cannot be written, or is not a ledger; the database does not answer.
        """
        patience = BUSY_TIMEOUT_SECONDS if busy_timeout_seconds is None else busy_timeout_seconds
        if isinstance(path, LedgerAddress):
            from saber_pipeline.ledger.postgres import PostgresLedger  # noqa: PLC0415 - not where a file is used

            return PostgresLedger.opened(path, patience_seconds=patience)
        try:
            make_private_folder(path.parent)
        except OSError as error:
            raise _unusable(path, error) from None
        url = sa.URL.create("sqlite", database=str(path))
        ledger = cls(sqlite_engine(url, busy_timeout_seconds=patience))
        with private_files(path.parent), ledger.transaction() as connection:
            was_rewritten = bring_up_to_date(connection, str(path))
        if was_rewritten:
            ledger.give_back_space()
        return ledger

    @classmethod
    def open_to_read(cls, path: Path | LedgerAddress) -> Ledger:
        """Open the ledger without writing anything; an empty one in memory if there is none yet.

        If an older version made it, this opens a migrated copy. The next run that writes migrates the ledger itself.
        """
        if isinstance(path, LedgerAddress):
            from saber_pipeline.ledger.postgres import PostgresLedger  # noqa: PLC0415 - not where a file is used

            return PostgresLedger.opened_to_read(path)
        if path.exists():
            # Reading a WAL database creates two files beside it, unless it is opened as immutable: no process writes.
            is_in_use = path.with_name(f"{path.name}-wal").exists()
            query = {"uri": "true", "mode": "ro"} | ({} if is_in_use else {"immutable": "1"})
            url = sa.URL.create("sqlite", database=f"file:{quote(str(path))}", query=query)
            ledger = cls(sqlite_engine(url, busy_timeout_seconds=BUSY_TIMEOUT_SECONDS, writes=False))
            with ledger.reading() as connection:
                is_begun = connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1").first() is not None
                is_older = steps_missing(connection) > 0
            if is_begun:
                return ledger._migrated_copy(path) if is_older else ledger
            ledger.close()  # its first use was interrupted before anything was written; the next use creates it
        return cls.in_memory()

    @staticmethod
    def in_memory() -> Ledger:
        """An empty ledger that is never stored."""
        ledger = Ledger(sqlite_engine("sqlite://", busy_timeout_seconds=BUSY_TIMEOUT_SECONDS))
        with ledger.transaction() as connection:
            t.metadata.create_all(connection)
        return ledger

    def _migrated_copy(self, path: Path) -> Ledger:
        """A private copy with the tables of this version, on disk if it is large. Closes this ledger."""
        copy = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        with self.reading() as connection:
            source: Any = connection.connection.driver_connection
            connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1")
            source.backup(copy)
        self.close()
        ledger = Ledger(sa.create_engine("sqlite://", creator=lambda: copy, poolclass=sa.pool.StaticPool))
        with ledger.transaction() as connection:
            bring_up_to_date(connection, str(path))
        return ledger

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """A transaction that writes: exclusive from its first statement, durable when it ends."""
        with as_storage_failures(self._subject, of=self.database_errors), self._connect() as connection:
            self._begin_to_write(connection)
            connection.info.pop(STEPPED, None)
            try:
                yield connection
            except BaseException:
                with suppress(sa.exc.DatabaseError):  # after a disk failure SQLite has rolled back by itself
                    self._roll_back(connection)
                raise
            connection.exec_driver_sql("COMMIT")
            if connection.info.pop(STEPPED, False) and self.mark is not None:
                self._mark_position(connection, self.mark)

    def _mark_position(self, connection: sa.Connection, mark: Callable[[str, int], None]) -> None:
        """Write the mark after the commit, so that it is never ahead of the ledger, and under the write lock.

        The lock prevents an older mark from replacing one that another process has written meanwhile.
        """
        self._begin_to_write(connection)
        try:
            identity, counter = position(connection)
            if identity is not None:
                mark(identity, counter)
        finally:
            connection.exec_driver_sql("ROLLBACK")

    def _begin_to_write(self, connection: sa.Connection) -> None:
        """Wait for other writers up to SQLite's busy timeout; after ``SAID_AFTER_SECONDS`` log once who is writing."""
        driver: Any = connection.connection.driver_connection
        patience_ms = driver.execute("PRAGMA busy_timeout").fetchone()[0]
        moment_ms = int(1000 * SAID_AFTER_SECONDS)
        if patience_ms <= moment_ms:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        driver.execute(f"PRAGMA busy_timeout = {moment_ms}")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except sa.exc.OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            logger.warning("Waiting for %s, which is writing the ledger %s.", self.holder(), self._file)
            driver.execute(f"PRAGMA busy_timeout = {patience_ms}")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            driver.execute(f"PRAGMA busy_timeout = {patience_ms}")

    def holder(self) -> str:
        """The current writer: "process 123 (…)" with its runs, or "another process" if it is not known."""
        return holder_of(self._file, self._runs_of)

    def _runs_of(self, process_ids: Sequence[int]) -> list[str]:
        r = t.runs.c
        here = sa.and_(r.host == socket.gethostname(), r.process_id.in_(process_ids), r.ended_at.is_(None))
        with self._engine.connect() as connection:
            return [orchestrator_id(attempt) for attempt in connection.scalars(sa.select(r.run_id).where(here))]

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A consistent snapshot to read from. It neither waits for writers nor delays them."""
        with as_storage_failures(self._subject, of=self.database_errors), self._connect() as connection:
            self._begin_to_read(connection)
            try:
                yield connection
            finally:
                self._roll_back(connection)

    @contextmanager
    def single_row(self) -> Iterator[sa.Connection]:
        """For one statement that writes one row of the caller's own, such as a heartbeat."""
        with self.transaction() as connection:
            yield connection

    def now(self) -> float:
        """Seconds since 1970 by the clock shared by all runs of this ledger."""
        return time.time()

    def _connect(self) -> sa.Connection:
        return self._engine.connect()

    def _begin_to_read(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    def _roll_back(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql("ROLLBACK")

    def checkpoint(self) -> None:
        """Move commits from the -wal file into the main file, unless readers need them: a copy may lack the -wal."""
        with as_storage_failures(self._subject, of=self.database_errors), self._engine.connect() as connection:
            # Fetch the pragma's row. Until it is fetched, its connection cannot commit, and a profiler that keeps the
            # frame may keep the row.
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").all()

    def give_back_space(self) -> None:
        """Shrink the file to its contents; does nothing while other processes use it."""
        with self._engine.connect() as connection, suppress(sa.exc.OperationalError):
            connection.exec_driver_sql("VACUUM")

    def close(self) -> None:
        """Release the file."""
        self._engine.dispose()


def holder_of(file: Path, runs_of: Callable[[Sequence[int]], list[str]] = lambda _: []) -> str:
    """The processes with a lock on the ledger, with their runs as given by ``runs_of``."""
    held_by = processes_holding(file, *(file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm")))
    runs = []
    if held_by:
        with suppress(sa.exc.SQLAlchemyError):
            runs = runs_of(held_by)
    processes = describe_processes(held_by)
    return f"run {', '.join(runs)} in {processes}" if runs else processes


def ledger_is_there(place: Path | LedgerAddress) -> bool:
    """Whether there is a ledger to open: an existing file, or a database, whose state is known once it is opened."""
    return isinstance(place, LedgerAddress) or place.exists()


def check_free(file: Path | LedgerAddress, *, patience_seconds: float = SAID_AFTER_SECONDS) -> None:
    """Check that the ledger can be written now. Writes nothing, and does nothing if there is no ledger.

    Raises:
        StorageLockedError: another program keeps it locked for longer than ``patience_seconds``.
    """
    if isinstance(file, LedgerAddress):
        from saber_pipeline.ledger.postgres import PostgresLedger  # noqa: PLC0415 - not where a file is used

        with closing(PostgresLedger(file)) as ledger:
            ledger.check_free(patience_seconds=patience_seconds)
        return
    if not file.exists():
        return
    with (
        as_storage_failures(f"The ledger {file}"),
        closing(sqlite3.connect(file, timeout=patience_seconds, isolation_level=None)) as connection,
    ):
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise StorageLockedError(
                    f"The ledger {file} is held by {holder_of(file)}. Nothing was spent or lost: runs wait for it two "
                    "minutes and then stop. Let it finish, or close it there."
                ) from None
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
                return  # doctor's check of the folder reports it
            raise
        connection.execute("ROLLBACK")


def bind_address(connection: sa.Connection, base_url: str) -> None:
    """Record the API address of this data directory at its first purchase.

    Raises:
        OtherAddressError: the directory belongs to another address.
    """
    check_address(connection, base_url)
    if get_value(connection, "base_url") is None:
        set_value(connection, "base_url", base_url)


def check_address(connection: sa.Connection, base_url: str) -> None:
    """Raise OtherAddressError if the data directory belongs to another API address."""
    known = get_value(connection, "base_url")
    if known is not None and known != base_url:
        raise OtherAddressError(
            f"This data directory belongs to {known}, but SABER_BASE_URL is {base_url}. Nothing was spent. "
            f"Set SABER_BASE_URL back, or use another SABER_DATA_DIR for this address."
        )


def get_value(connection: sa.Connection, name: str) -> str | None:
    """The value stored under ``name`` (such as the API's address or domain cap); None if there is none."""
    value: str | None = connection.execute(sa.select(t.key_values.c.value).where(t.key_values.c.name == name)).scalar()
    return value


def set_value(connection: sa.Connection, name: str, value: str) -> None:
    """Store a value under ``name``, replacing the former one."""
    connection.execute(sa.delete(t.key_values).where(t.key_values.c.name == name))
    connection.execute(sa.insert(t.key_values).values(name=name, value=value))


def _unusable(path: Path, error: BaseException) -> StorageError:
    return StorageError(
        f"The ledger {path} cannot be used ({error}). Nothing was spent. "
        f"Make the folder writable for this user, or set SABER_DATA_DIR to one that is."
    )
