"""The warehouse lock for runs on several machines: an advisory lock in the ledger's Postgres database."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from saber_pipeline.config.secrets import LedgerAddress
from saber_pipeline.errors import LockLostError
from saber_pipeline.lock_holders import when_slow
from saber_pipeline.storage_failures import KEPT, as_storage_failures

logger = logging.getLogger(__name__)

WAREHOUSE = 1_935_762_803
"""The first key of the lock; the second identifies the schema, as in the ledger's own lock."""

KEEPALIVES = ("idle = 30", "interval = 10", "count = 3")
"""The server ends the connection of a dead machine, and with it the lock, within a minute."""

PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}
"""A dead server is not waited for longer than a minute either."""


def patience_for(address: LedgerAddress) -> dict[str, Any]:
    """The options of a connection, without those that the address itself sets."""
    own = parse_qs(urlsplit(address.reveal()).query)
    return {name: value for name, value in PATIENCE.items() if name not in own}


class WarehouseHold:
    """A held warehouse lock. On one machine it is the locked file, which cannot be lost."""

    def check(self) -> None:
        """Call before anything that only the holder may do.

        Raises:
            LockLostError: the lock is lost, so another run may hold the warehouse.
        """

    @property
    def is_held(self) -> bool:
        """Whether ``check`` would pass."""
        try:
            self.check()
        except LockLostError:
            return False
        return True


class SharedHold(WarehouseHold):
    """A lock held by a database connection. When it ends, the server gives the lock to the next run."""

    def __init__(self, connection: Any, address: LedgerAddress) -> None:
        self._connection = connection
        self._address = address
        self._lost: str | None = None

    def check(self) -> None:
        """Check by one round trip: a connection that answers still has its lock."""
        import psycopg  # noqa: PLC0415 - not where a file is used

        if self._lost is None:
            try:
                self._connection.execute("SELECT 1")
            except psycopg.Error as error:
                self._lost = str(error).partition("\n")[0]
        if self._lost is not None:
            raise LockLostError(
                f"The warehouse is not locked for this run any more: the ledger {self._address} has ended the "
                f"connection ({self._lost}). Another run may be writing the warehouse, so this one stopped before it "
                f"wrote anything else. {KEPT} Check that the database runs and can be reached; then run the same "
                "again."
            )


ALONE = WarehouseHold()


@contextmanager
def warehouse_held(address: LedgerAddress | None) -> Iterator[WarehouseHold]:
    """Hold the warehouse lock of all machines that share the ledger at ``address``; does nothing without an address.

    Pairs leave the ledger only under this lock. Otherwise a machine that loads before and claims afterwards would buy
    such a pair again. The lock belongs to the connection, so that a dead machine loses it.

    Raises:
        StorageError: the database does not answer.
    """
    if address is None:
        yield ALONE
        return
    import psycopg  # noqa: PLC0415 - not where a file is used

    with as_storage_failures(f"The ledger {address}"):
        connection = psycopg.connect(address.reveal(), autocommit=True, **patience_for(address))
        try:
            for each in KEEPALIVES:
                connection.execute(f"SET tcp_keepalives_{each}")
            with when_slow(lambda: logger.warning("Waiting for a run on another machine, which is loading.")):
                connection.execute("SELECT pg_advisory_lock(%s, hashtext(current_schema()))", (WAREHOUSE,))
        except BaseException:
            connection.close()
            raise
    try:
        yield SharedHold(connection, address)
    finally:
        connection.close()
