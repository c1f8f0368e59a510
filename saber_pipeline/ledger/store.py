"""Opening the ledger: SQLite in WAL mode through SQLAlchemy Core, unless an address leads to ``postgres.py``."""

from __future__ import annotations

import contextlib
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
from sqlalchemy import event

from saber_pipeline.config.private_files import make_private_folder, private_files
from saber_pipeline.config.secrets import LedgerAddress
from saber_pipeline.errors import OtherAddressError, StorageError, StorageLockedError
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.compiled import share_statements
from saber_pipeline.ledger.migrations import bring_up_to_date, needs_steps
from saber_pipeline.ledger.run_ids import orchestrator_id
from saber_pipeline.ledger.steps import STEPPED, position
from saber_pipeline.lock_holders import SAID_AFTER_SECONDS, named, processes_holding
from saber_pipeline.storage_failures import as_storage_failures

logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.02
BUSY_TIMEOUT_SECONDS = 120
"""How long a transaction waits for another process's transaction; they last milliseconds to seconds."""


class Ledger:
    """One data directory's ledger. Safe to use from several processes and threads at once.

    ``mark`` is told the identity and the counter after each step (``steps.py``), where somebody keeps marks of it.
    """

    is_in_a_database: ClassVar[bool] = False
    """Whether runs of several machines share it."""

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
        if isinstance(path, LedgerAddress):
            from saber_pipeline.ledger.postgres import PostgresLedger  # noqa: PLC0415 - not where a file is used

            patience = BUSY_TIMEOUT_SECONDS if busy_timeout_seconds is None else busy_timeout_seconds
            return PostgresLedger.opened(path, patience_seconds=patience)
        try:
            make_private_folder(path.parent)
        except OSError as error:
            raise _unusable(path, error) from None
        patience = BUSY_TIMEOUT_SECONDS if busy_timeout_seconds is None else busy_timeout_seconds
        ledger = cls(_engine(sa.URL.create("sqlite", database=str(path)), busy_timeout_seconds=patience))
        with private_files(path.parent), ledger.transaction() as connection:
            was_rewritten = bring_up_to_date(connection, str(path))
        if was_rewritten:
            ledger.give_back_space()
        return ledger

    @classmethod
    def open_to_read(cls, path: Path | LedgerAddress) -> Ledger:
        """Open the ledger without writing anything; an empty one in memory where there is none yet.

        Of one that an older version made, a copy is opened that goes on as this version's: the next run that writes
        brings the ledger itself up to date.
        """
        if isinstance(path, LedgerAddress):
            from saber_pipeline.ledger.postgres import PostgresLedger  # noqa: PLC0415 - not where a file is used

            return PostgresLedger.opened_to_read(path)
        if path.exists():
            # Reading a WAL file makes two files beside it, unless nobody has it open and so nobody writes.
            is_in_use = path.with_name(f"{path.name}-wal").exists()
            query = {"uri": "true", "mode": "ro"} | ({} if is_in_use else {"immutable": "1"})
            url = sa.URL.create("sqlite", database=f"file:{quote(str(path))}", query=query)
            there = cls(_engine(url, writes=False))
            with there.reading() as connection:
                is_begun = connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1").first() is not None
                is_older = needs_steps(connection)
            if is_begun:
                return there._copy_of_this_version(path) if is_older else there
            there.close()  # its first use broke off before anything was written: the next one makes it
        return cls.in_memory()

    @staticmethod
    def in_memory() -> Ledger:
        """An empty ledger that is never kept."""
        ledger = Ledger(_engine("sqlite://"))
        with ledger.transaction() as connection:
            t.metadata.create_all(connection)
        return ledger

    def _copy_of_this_version(self, path: Path) -> Ledger:
        """A private copy, on disk as far as it is large, with the tables of this version; closes this ledger."""
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
        with as_storage_failures(self._subject), self._connect() as connection:
            self._begin_to_write(connection)
            connection.info.pop(STEPPED, None)
            try:
                yield connection
            except BaseException:
                with suppress(sa.exc.DatabaseError):  # SQLite rolls back by itself where the disk failed it
                    self._roll_back(connection)
                raise
            connection.exec_driver_sql("COMMIT")
            if connection.info.pop(STEPPED, False) and self.mark is not None:
                self._mark_position(connection, self.mark)

    def _mark_position(self, connection: sa.Connection, mark: Callable[[str, int], None]) -> None:
        """Write the mark after the commit, so that it never runs ahead of the ledger, and while nobody else writes one.

        A mark that another process has written meanwhile is thus never replaced by an older one.
        """
        self._begin_to_write(connection)
        try:
            identity, counter = position(connection)
            if identity is not None:
                mark(identity, counter)
        finally:
            connection.exec_driver_sql("ROLLBACK")

    def _begin_to_write(self, connection: sa.Connection) -> None:
        """Wait for other writers as long as SQLite is told to; after a moment say for whom, once."""
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
        """Who is writing just now: "process 123 (…)", with its runs; "another process" where nothing tells."""
        return holder_of(self._file, self._runs_of)

    def _runs_of(self, process_ids: Sequence[int]) -> list[str]:
        r = t.runs.c
        here = sa.and_(r.host == socket.gethostname(), r.process_id.in_(process_ids), r.ended_at.is_(None))
        with self._engine.connect() as connection:
            return [orchestrator_id(attempt) for attempt in connection.scalars(sa.select(r.run_id).where(here))]

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A consistent snapshot to read from; it neither waits for writers nor holds them up."""
        with as_storage_failures(self._subject), self._connect() as connection:
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
        """Seconds since 1970 by the clock that every run of this ledger goes by."""
        return time.time()

    def _connect(self) -> sa.Connection:
        return self._engine.connect()

    def _begin_to_read(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    def _roll_back(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql("ROLLBACK")

    def checkpoint(self) -> None:
        """Bring what was committed into the one file, as far as nobody reads: its log may be lost beside a copy."""
        with as_storage_failures(self._subject), self._engine.connect() as connection:
            # It answers with a row: while that is not fetched, which a profiler that keeps a frame may cause, nothing
            # more can be committed on its connection.
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").all()

    def give_back_space(self) -> None:
        """Make the file as small as what is in it; does nothing while others have it open."""
        with self._engine.connect() as connection, contextlib.suppress(sa.exc.OperationalError):
            connection.exec_driver_sql("VACUUM")

    def close(self) -> None:
        """Release the file."""
        self._engine.dispose()


def holder_of(file: Path, runs_of: Callable[[Sequence[int]], list[str]] = lambda _: []) -> str:
    """Who has a lock on the ledger: its processes, and the runs that ``runs_of`` knows of them."""
    held_by = processes_holding(file, *(file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm")))
    runs = []
    if held_by:
        with suppress(sa.exc.SQLAlchemyError):
            runs = runs_of(held_by)
    return f"run {', '.join(runs)} in {named(held_by)}" if runs else named(held_by)


def ledger_is_there(place: Path | LedgerAddress) -> bool:
    """Whether there is a ledger to look at: a file that is there, or a database, which says so itself."""
    return isinstance(place, LedgerAddress) or place.exists()


def check_free(file: Path | LedgerAddress, *, patience_seconds: float = SAID_AFTER_SECONDS) -> None:
    """Whether somebody could write the ledger now; writes nothing, and does nothing where there is none.

    Raises:
        StorageLockedError: another program is writing for longer than ``patience_seconds``.
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
                return  # what looks at the folder says so
            raise
        connection.execute("ROLLBACK")


def bind_address(connection: sa.Connection, base_url: str) -> None:
    """Record at the first purchase which API this data directory belongs to.

    Raises:
        OtherAddressError: it belongs to another one.
    """
    check_address(connection, base_url)
    if get_value(connection, "base_url") is None:
        set_value(connection, "base_url", base_url)


def check_address(connection: sa.Connection, base_url: str) -> None:
    """Refuse to mix answers of two APIs in one data directory."""
    known = get_value(connection, "base_url")
    if known is not None and known != base_url:
        raise OtherAddressError(
            f"This data directory belongs to {known}, but SABER_BASE_URL is {base_url}. Nothing was spent. "
            f"Set SABER_BASE_URL back, or use another SABER_DATA_DIR for this address."
        )


def get_value(connection: sa.Connection, name: str) -> str | None:
    """A remembered value about the API (its address, its domain cap)."""
    value: str | None = connection.execute(sa.select(t.key_values.c.value).where(t.key_values.c.name == name)).scalar()
    return value


def set_value(connection: sa.Connection, name: str, value: str) -> None:
    """Remember a value, replacing what was remembered under the name."""
    connection.execute(sa.delete(t.key_values).where(t.key_values.c.name == name))
    connection.execute(sa.insert(t.key_values).values(name=name, value=value))


def _engine(url: str | sa.URL, *, writes: bool = True, busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS) -> sa.Engine:
    is_memory = url == "sqlite://"
    engine = sa.create_engine(
        url,
        connect_args={"timeout": busy_timeout_seconds, "check_same_thread": False},
        poolclass=sa.pool.StaticPool if is_memory else sa.pool.QueuePool,
    )
    share_statements(engine)

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
