"""A ledger that was moved elsewhere, or was never moved whole: a value in it says so, and no run begins with it."""

from __future__ import annotations

import sqlalchemy as sa

from saber_pipeline.errors import OtherLedgerError
from saber_pipeline.ledger import tables as t

MOVED, ARRIVING = "moved", "arriving"
"""The keys of the ledger that was left, and of the one that is still being filled: the move's id, and a place."""


def move_of(connection: sa.Connection, key: str) -> tuple[str, str] | None:
    """The id of the move that ``key`` tells of, and where the ledger went or came from."""
    told = connection.execute(sa.select(t.key_values.c.value).where(t.key_values.c.name == key)).scalar()
    if told is None:
        return None
    move_id, _, place = str(told).partition(" ")
    return move_id, place


def check_is_here(connection: sa.Connection) -> None:
    """Whether the ledger is here and nowhere else.

    Raises:
        OtherLedgerError: it was moved away, or a move to here broke off.
    """
    if left := move_of(connection, MOVED):
        raise OtherLedgerError(
            f"This data directory's ledger was moved to {left[1]}. Nothing was spent. Set SABER_LEDGER_URL to that "
            "database, or take the setting away where that is a file."
        )
    if came := move_of(connection, ARRIVING):
        raise OtherLedgerError(
            f"The move of the ledger from {came[1]} broke off before its end. Nothing was spent or lost. Enter "
            "`saber-pipeline move-ledger` once more, as before: it makes the move whole."
        )
