"""The ledger on Postgres, for runs on several machines that share a data directory.

It behaves like the file: one writer at a time, which sees everything committed before, and readers with a snapshot.
A writer's first statement takes an advisory lock under READ COMMITTED; under a stricter level, its snapshot would be
older than the lock. A ledger is one schema of one database, the first of the search path.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

import psycopg
import sqlalchemy as sa
from psycopg.types.string import StrDumper
from sqlalchemy import event

from saber_pipeline.advisory_lock import KEEPALIVES, patience_for
from saber_pipeline.config.secrets import LedgerAddress
from saber_pipeline.errors import StorageLockedError
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.dialect import clock
from saber_pipeline.ledger.migrations import bring_up_to_date, steps_missing
from saber_pipeline.ledger.store import BUSY_TIMEOUT_SECONDS, Ledger
from saber_pipeline.lock_holders import SAID_AFTER_SECONDS
from saber_pipeline.storage_failures import as_storage_failures

logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.5
LOCK_KEY = 1_935_762_802
"""The first key of the advisory lock; the second identifies the schema."""

LOCK = f"SELECT pg_advisory_xact_lock({LOCK_KEY}, hashtext(current_schema()))"
HOLDER = f"""
    SELECT activity.application_name
    FROM pg_locks AS held
    JOIN pg_stat_activity AS activity ON activity.pid = held.pid
    WHERE held.locktype = 'advisory' AND held.granted AND held.classid = {LOCK_KEY}
        AND held.objid = (hashtext(current_schema())::bigint & 4294967295)::oid
        AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    LIMIT 1
"""  # noqa: S608 - constants
DURABLE = """
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
"""
"""Makes intents survive a server crash, even if the server is set to answer before a commit is durable."""

t.PAIRS_BY_SIGNAL.dialect_kwargs["postgresql_where"] = sa.text(t.IS_NAMED)


class PostgresLedger(Ledger):
    """A ledger in a schema of a Postgres database. Safe to use from several machines at once."""

    is_in_a_database: ClassVar[bool] = True
    database_errors: ClassVar[tuple[type[Exception], ...]] = (sa.exc.SQLAlchemyError, psycopg.Error)

    def __init__(self, address: LedgerAddress, *, patience_seconds: float = BUSY_TIMEOUT_SECONDS) -> None:
        super().__init__(_engine(address))
        self._subject = f"The ledger {address}"
        self._address = address
        self._patience = patience_seconds
        self._answered = False

    @classmethod
    def opened(cls, address: LedgerAddress, *, patience_seconds: float = BUSY_TIMEOUT_SECONDS) -> PostgresLedger:
        """Open the ledger; create its tables on first use.

        Raises:
            StorageError: the database does not answer, or a newer version made the ledger.
        """
        ledger = cls(address, patience_seconds=patience_seconds)
        try:
            with ledger.reading() as connection:
                is_ready = steps_missing(connection) == 0
            if not is_ready:
                with ledger.transaction() as connection:
                    bring_up_to_date(connection, str(address))
        except BaseException:
            ledger.close()
            raise
        return ledger

    @classmethod
    def opened_to_read(cls, address: LedgerAddress) -> Ledger:
        """Open the ledger without creating anything; an empty one in memory if there is none yet."""
        ledger = cls(address)
        try:
            with ledger.reading() as connection:
                is_begun = sa.inspect(connection).has_table("facts")
        except BaseException:
            ledger.close()
            raise
        if is_begun:
            return ledger
        ledger.close()
        return Ledger.in_memory()

    @contextmanager
    def single_row(self) -> Iterator[sa.Connection]:
        """Does not wait for other writers: a heartbeat must not be late because another run claims many pairs."""
        with as_storage_failures(self._subject, of=self.database_errors), self._connect() as connection:
            yield connection  # each statement is a transaction of its own

    def now(self) -> float:
        """Seconds since 1970 by the database's clock, because the machines' clocks may differ."""
        with as_storage_failures(self._subject, of=self.database_errors), self._connect() as connection:
            return clock(connection)

    def holder(self) -> str:
        """The current writer: "process 123 of …", or "another process" if it is not known."""
        with suppress(sa.exc.SQLAlchemyError), self._engine.connect() as connection:
            return str(connection.exec_driver_sql(HOLDER).scalar() or "another process")
        return "another process"

    def checkpoint(self) -> None:
        """Nothing to do: the database has everything committed."""

    def give_back_space(self) -> None:
        """Nothing to do: the database does it by itself."""

    def check_free(self, *, patience_seconds: float) -> None:
        """Check that the ledger can be written. Raises StorageLockedError if it is locked for ``patience_seconds``."""
        with as_storage_failures(self._subject, of=self.database_errors), self._connect() as connection:
            if self._took_lock(connection, patience_seconds):
                connection.exec_driver_sql("ROLLBACK")
                return
            raise StorageLockedError(
                f"The ledger {self._address} is held by {self.holder()}. Nothing was spent or lost: runs wait for it "
                "two minutes and then stop. Let it finish, or close it there."
            )

    def _connect(self) -> sa.Connection:
        """Connect. If the database answered before and is away now, wait for it like for another writer."""
        give_up = time.monotonic() + self._patience
        is_told = False
        while True:
            try:
                connection = self._engine.connect()
            except sa.exc.OperationalError:
                if not self._answered or time.monotonic() > give_up:
                    self._answered = False  # the ending run cleans up, and must not wait two minutes for each step
                    raise
                if not is_told:
                    logger.warning("%s does not answer. The run continues by itself once it does.", self._subject)
                    is_told = True
                time.sleep(RETRY_SECONDS)
            else:
                self._answered = True
                return connection

    def _begin_to_write(self, connection: sa.Connection) -> None:
        moment = min(SAID_AFTER_SECONDS, self._patience)
        if self._took_lock(connection, moment):
            return
        logger.warning("Waiting for %s, which is writing the ledger %s.", self.holder(), self._address)
        if not self._took_lock(connection, max(self._patience - moment, 0.001)):
            raise StorageLockedError(
                f"The ledger {self._address} is held by {self.holder()}. Nothing was lost: all purchases are recorded "
                "and are not bought again. Let it finish, then run the same again."
            )

    def _took_lock(self, connection: sa.Connection, patience_seconds: float) -> bool:
        connection.exec_driver_sql("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {max(1, round(1000 * patience_seconds))}")
        try:
            connection.exec_driver_sql(LOCK)
        except sa.exc.OperationalError as error:
            if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
                raise
            connection.exec_driver_sql("ROLLBACK")
            return False
        return True

    def _roll_back(self, connection: sa.Connection) -> None:
        if not connection.invalidated:  # a lost connection has nothing to roll back
            super()._roll_back(connection)

    def _begin_to_read(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")


class WithoutNul(StrDumper):
    """Drops NULs from texts: Postgres keeps none, and a reason from the API may contain some."""

    def dump(self, obj: str) -> Any:
        """The text without NULs, as it is sent."""
        return super().dump(obj.replace("\0", "") if "\0" in obj else obj)


def _engine(address: LedgerAddress) -> sa.Engine:
    url = sa.engine.make_url(address.reveal()).set(drivername="postgresql+psycopg")
    name = f"process {os.getpid()} of {socket.gethostname()}"
    engine = sa.create_engine(
        url,
        isolation_level="AUTOCOMMIT",  # the transactions above are the only ones
        pool_pre_ping=True,
        hide_parameters=True,  # error messages must not show purchases
        connect_args={**patience_for(address), "application_name": name[:63]},
    )

    @event.listens_for(engine, "connect")
    def _configure(connection: psycopg.Connection[Any], _record: Any) -> None:
        connection.adapters.register_dumper(str, WithoutNul)
        for setting in KEEPALIVES:
            connection.execute(f"SET tcp_keepalives_{setting}")
        connection.execute(DURABLE)

    return engine
