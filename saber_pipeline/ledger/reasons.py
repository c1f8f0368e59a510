"""Why something was refused or is unknown: each reason is kept once, however many pairs it holds for."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from saber_pipeline.foreign_text import one_line
from saber_pipeline.ledger import tables as t

LONGEST_REASON = 500


def kept_reason(reason: str) -> str:
    """A reason as the ledger keeps it: one line of at most 500 characters."""
    return one_line(reason, LONGEST_REASON)


def reason_number(connection: sa.Connection, reason: str) -> int:
    """The number that stands for ``reason`` in ``unserved``; a new one where nobody said that yet."""
    kept, r = kept_reason(reason), t.reasons.c
    connection.execute(insert(t.reasons).values(reason=kept).on_conflict_do_nothing())
    return int(connection.execute(sa.select(r.reason_number).where(r.reason == kept)).scalar_one())


def reasons_by_number(connection: sa.Connection) -> dict[int, str]:
    """All of them."""
    r = t.reasons.c
    rows = connection.execute(sa.select(r.reason_number, r.reason))
    return {int(row.reason_number): str(row.reason) for row in rows}
