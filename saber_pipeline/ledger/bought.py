"""Counts the purchases of other runs, which lower the same balance."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from saber_pipeline.ledger.purchase_rows import OF_KNOWN_PRICE, PurchaseRows


def bought_by_others(connection: sa.Connection, run_id: str, *, without_undecided_of: Collection[str] = ()) -> int:
    """How many signals and researches other runs than ``run_id`` have ever bought, or may have bought.

    ``without_undecided_of``: leave out purchases of these runs that are being sent, or whose reply was lost.
    """

    def is_theirs(rows: PurchaseRows) -> sa.ColumnElement[bool]:
        sent_now = sa.and_(rows.undecided, rows.c.run_id.in_(without_undecided_of))
        was_free = sa.false() if rows.declared.adopted is None else rows.c[rows.declared.adopted]
        return sa.and_(rows.c.run_id != run_id, rows.may_be_paid, sa.not_(sent_now), sa.not_(was_free))

    return sum(rows.count(connection, is_theirs(rows)) for rows in OF_KNOWN_PRICE)
