"""Marks of a ledger that was moved away, or whose move to here was interrupted. No run starts with such a ledger."""

from __future__ import annotations

import sqlalchemy as sa

from saber_pipeline.errors import OtherLedgerError
from saber_pipeline.ledger import tables as t

MOVED, ARRIVING = "moved", "arriving"
"""The key in the ledger that was left, and in the one being filled. The value is the move's id and a place."""


def move_of(connection: sa.Connection, key: str) -> tuple[str, str] | None:
    """The move's id, and the place that the ledger went to (MOVED) or came from (ARRIVING); None without a move."""
    value = connection.execute(sa.select(t.key_values.c.value).where(t.key_values.c.name == key)).scalar()
    if value is None:
        return None
    move_id, _, place = str(value).partition(" ")
    return move_id, place


def check_is_here(connection: sa.Connection) -> None:
    """Check that the ledger is here and nowhere else.

    Raises:
        OtherLedgerError: it was moved away, or a move to here was interrupted.
    """
    if left := move_of(connection, MOVED):
        raise OtherLedgerError(
            f"This data directory's ledger was moved to {left[1]}. Nothing was spent. Set SABER_LEDGER_URL to that "
            "database, or remove the setting if the ledger is now a file."
        )
    if came := move_of(connection, ARRIVING):
        raise OtherLedgerError(
            f"The move of the ledger from {came[1]} was interrupted. Nothing was spent or lost. Run "
            "`saber-pipeline move-ledger` again, as before, to complete the move."
        )
