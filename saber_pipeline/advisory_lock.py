"""A lock that reaches as far as a ledger on Postgres does: beyond the machine, where a locked file may end."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from saber_pipeline.config.secrets import LedgerAddress
from saber_pipeline.errors import LockLostError
from saber_pipeline.lock_holders import telling
from saber_pipeline.storage_failures import KEPT, as_storage_failures

logger = logging.getLogger(__name__)

WAREHOUSE = 1_935_762_803
"""The first number of the lock; the second says which schema, as the ledger's own does."""

KEEPALIVES = ("idle = 30", "interval = 10", "count = 3")
"""A machine that died holds the lock no longer than a minute."""

PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}
"""A server that died, and so says nothing any more, is not waited for longer than a minute either."""


def patience_for(address: LedgerAddress) -> dict[str, Any]:
    """What a connection is opened with, but for what the address itself says."""
    said = parse_qs(urlsplit(address.reveal()).query)
    return {name: value for name, value in PATIENCE.items() if name not in said}


class WarehouseHold:
    """That a session holds the warehouse. On one machine its locked file says so, which nobody takes away."""

    def check(self) -> None:
        """Called before anything that only the holder may do.

        Raises:
            LockLostError: another run may hold the warehouse by now.
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
    """Held by a connection to the database: once that has ended, the server gives the lock to the next who waits."""

    def __init__(self, connection: Any, address: LedgerAddress) -> None:
        self._connection = connection
        self._address = address
        self._lost: str | None = None

    def check(self) -> None:
        """One round trip: a connection that answers has its lock, for nothing else gives it up."""
        import psycopg  # noqa: PLC0415 - not where a file is used

        if self._lost is None:
            try:
                self._connection.execute("SELECT 1")
            except psycopg.Error as error:
                self._lost = str(error).partition("\n")[0]
        if self._lost is not None:
            raise LockLostError(
                f"The warehouse is not locked for this run any more: the ledger {self._address} has ended the "
                f"connection ({self._lost}), so another run may be writing the warehouse, and this one stopped before "
                f"it wrote anything else. {KEPT} See that the database runs and can be reached; then run the same "
                "again."
            )


ALONE = WarehouseHold()


@contextmanager
def warehouse_held(address: LedgerAddress | None) -> Iterator[WarehouseHold]:
    """Hold the warehouse on all machines that share the ledger there; does nothing without an address.

    A pair leaves the ledger only under this lock: a machine that loaded before and claims after would buy it again.
    It is the connection's, so that a machine that dies lets go of it.

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
            with telling(lambda: logger.warning("Waiting for a run on another machine, which is loading.")):
                connection.execute("SELECT pg_advisory_lock(%s, hashtext(current_schema()))", (WAREHOUSE,))
        except BaseException:
            connection.close()
            raise
    try:
        yield SharedHold(connection, address)
    finally:
        connection.close()
