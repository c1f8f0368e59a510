"""The rows in which purchases are written ahead: three tables, whose states have the same words."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.tables import ResearchState, SubmissionState
from saber_pipeline.products.product import COMPANY_ANSWERS, CONTACT_RESEARCH, SUMMARIES, Product

CLAIMED, ACCEPTED = ResearchState.CLAIMED, SubmissionState.ACCEPTED
INTENDED, UNKNOWN, REFUSED = SubmissionState.INTENDED, SubmissionState.UNKNOWN, SubmissionState.REFUSED

UNDECIDED = (INTENDED, UNKNOWN)
"""It may have been bought, and no reply says so."""

NOT_BOUGHT = (ResearchState.DUE, CLAIMED, REFUSED)
"""It certainly has cost nothing."""

Key = tuple[str | int, ...]
"""The name of one purchase: a value for each column of the table's ``key``."""


class PurchaseRows:
    """The purchases of a product in the ledger; of the products that share a table, any of them."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.declared = product.purchases
        self.table = t.metadata.tables[self.declared.name]
        self.c = self.table.c

    def this(self, key: Key) -> sa.ColumnElement[bool]:
        """Whether it is the purchase with this key."""
        return sa.and_(*(self.c[name] == value for name, value in self.named(key).items()))

    def named(self, key: Key) -> dict[str, str | int]:
        """The columns of ``key`` with their values."""
        return dict(zip(self.declared.key, key, strict=True))

    def spent_as(self, key: Key) -> str | None:
        """Its name in ``spending``; None where its own row says what was spent."""
        name = self.declared.spent_as
        return None if name is None else name.format(**self.named(key))

    def left_by_the_dead(self, live_runs: Collection[str]) -> sa.ColumnElement[bool]:
        """Whether a run that is gone was about to send it, and may have done so."""
        return sa.and_(self.c.state == INTENDED, self.c.run_id.not_in(live_runs))

    @property
    def undecided(self) -> sa.ColumnElement[bool]:
        """Whether it may have been bought without a reply that says so."""
        return self.c.state.in_(UNDECIDED)

    @property
    def may_be_paid(self) -> sa.ColumnElement[bool]:
        """Whether it was bought, or may have been."""
        return self.c.state.not_in(NOT_BOUGHT)

    @property
    def reserved(self) -> sa.ColumnElement[bool]:
        """Whether its run is about to spend for it. What nothing ever decides would stay so for good."""
        states = UNDECIDED if self.product.can_be_looked_up else (CLAIMED, INTENDED)
        return self.c.state.in_(states)

    def count(self, connection: sa.Connection, which: sa.ColumnElement[bool]) -> int:
        """How many are bought by ``which`` of the rows."""
        quantity = sa.func.count() if self.declared.quantity is None else sa.func.sum(self.c[self.declared.quantity])
        counted = sa.select(sa.func.coalesce(quantity, 0)).select_from(self.table).where(which)
        return int(connection.execute(counted).scalar_one())


SIGNALS, RESEARCHES, REQUESTS = (PurchaseRows(each) for each in (COMPANY_ANSWERS, CONTACT_RESEARCH, SUMMARIES))

OF_KNOWN_PRICE = tuple(rows for rows in (SIGNALS, RESEARCHES, REQUESTS) if rows.product.is_price_known)
"""What was bought in these rows says by how much a balance has fallen."""
