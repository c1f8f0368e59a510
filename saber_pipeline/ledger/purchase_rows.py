"""The write-ahead rows of purchases: three tables with the same names of states."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.tables import ResearchState, SubmissionState
from saber_pipeline.products.product import COMPANY_ANSWERS, CONTACT_RESEARCH, SUMMARIES, Product

CLAIMED, ACCEPTED = ResearchState.CLAIMED, SubmissionState.ACCEPTED
INTENDED, UNKNOWN, REFUSED = SubmissionState.INTENDED, SubmissionState.UNKNOWN, SubmissionState.REFUSED

UNDECIDED = (INTENDED, UNKNOWN)
"""The purchase may have happened, but no reply confirms it."""

NOT_BOUGHT = (ResearchState.DUE, CLAIMED, REFUSED)
"""The purchase certainly cost nothing."""

Key = tuple[str | int, ...]
"""Identifies one purchase: a value for each column of the table's ``key``."""


class PurchaseRows:
    """The purchases of a product in the ledger. Any product stands for all that share its table."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.declared = product.purchases
        self.table = t.metadata.tables[self.declared.name]
        self.c = self.table.c

    def this(self, key: Key) -> sa.ColumnElement[bool]:
        """Filter: the purchase with this key."""
        return sa.and_(*(self.c[name] == value for name, value in self.named(key).items()))

    def named(self, key: Key) -> dict[str, str | int]:
        """The columns of ``key`` with their values."""
        return dict(zip(self.declared.key, key, strict=True))

    def spent_as(self, key: Key) -> str | None:
        """The purchase's id in ``spending``; None if the purchase's own row holds its cost."""
        name = self.declared.spent_as
        return None if name is None else name.format(**self.named(key))

    def left_by_the_dead(self, live_runs: Collection[str]) -> sa.ColumnElement[bool]:
        """Filter: the intent of a dead run, which may have sent it."""
        return sa.and_(self.c.state == INTENDED, self.c.run_id.not_in(live_runs))

    @property
    def undecided(self) -> sa.ColumnElement[bool]:
        """Filter: the purchase may have happened, but no reply confirms it."""
        return self.c.state.in_(UNDECIDED)

    @property
    def may_be_paid(self) -> sa.ColumnElement[bool]:
        """Filter: the purchase happened, or may have happened."""
        return self.c.state.not_in(NOT_BOUGHT)

    @property
    def reserved(self) -> sa.ColumnElement[bool]:
        """Filter: the run is about to pay. Leaves out ``unknown`` if no look-up can ever decide it."""
        states = UNDECIDED if self.product.can_be_looked_up else (CLAIMED, INTENDED)
        return self.c.state.in_(states)

    def count(self, connection: sa.Connection, condition: sa.ColumnElement[bool]) -> int:
        """The number of signals (or researches, summaries) of the rows that satisfy ``condition``."""
        quantity = sa.func.count() if self.declared.quantity is None else sa.func.sum(self.c[self.declared.quantity])
        counted = sa.select(sa.func.coalesce(quantity, 0)).select_from(self.table).where(condition)
        return int(connection.execute(counted).scalar_one())


SIGNALS, RESEARCHES, REQUESTS = (PurchaseRows(each) for each in (COMPANY_ANSWERS, CONTACT_RESEARCH, SUMMARIES))

OF_KNOWN_PRICE = tuple(rows for rows in (SIGNALS, RESEARCHES, REQUESTS) if rows.product.is_price_known)
"""The tables whose purchases explain by how much a balance fell."""


def bought_by_others(connection: sa.Connection, run_id: str, *, without_undecided_of: Collection[str] = ()) -> int:
    """How many signals and researches other runs than ``run_id`` have ever bought, or may have bought.

    ``without_undecided_of``: leave out purchases of these runs that are being sent, or whose reply was lost.
    """

    def is_theirs(rows: PurchaseRows) -> sa.ColumnElement[bool]:
        sent_now = sa.and_(rows.undecided, rows.c.run_id.in_(without_undecided_of))
        was_free = sa.false() if rows.declared.adopted is None else rows.c[rows.declared.adopted]
        return sa.and_(rows.c.run_id != run_id, rows.may_be_paid, sa.not_(sent_now), sa.not_(was_free))

    return sum(rows.count(connection, is_theirs(rows)) for rows in OF_KNOWN_PRICE)
