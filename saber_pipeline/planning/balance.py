"""The account's balance: read at Saber, and kept in the ledger each time; what a run's purchases took of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from decimal import Decimal

from saber_pipeline.api.client import SaberClient
from saber_pipeline.errors import PipelineError
from saber_pipeline.ledger.balances import record_balance
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.planning.budget import Estimate

logger = logging.getLogger(__name__)


@dataclass
class Balances:
    """The balance before a run's first purchase and after its last, None where it was not read."""

    balance_before: int | None = None
    balance_after: int | None = None

    @property
    def credits_spent(self) -> int | None:
        """How far the balance fell, whoever spent it; None where it was not read twice."""
        if self.balance_before is None or self.balance_after is None:
            return None
        return self.balance_before - self.balance_after


@dataclass
class PricedSpending(Balances):
    """What a run spends on purchases of a known price.

    ``spent_elsewhere``: credits that other runs spent meanwhile, and other people where that was seen.
    ``others_before``: signals that other runs had bought when ``balance_before`` was read.
    """

    estimate: Estimate | None = None
    spent_elsewhere: Decimal = Decimal(0)
    others_before: int | None = None

    def differs_from(self, agreed: Decimal) -> bool:
        """Whether the balance fell by something else than the credits that were ``agreed``.

        What other runs spent explains as much of it: they may not have been charged for all of it yet.
        """
        if self.credits_spent is None:
            return False
        least, most = sorted((agreed, agreed + self.spent_elsewhere))
        return not least <= self.credits_spent <= most


async def read_balance(api: SaberClient, ledger: Ledger, *, run_id: str) -> int:
    """Credits that are left."""
    balance = await api.get_credits()
    with ledger.transaction() as connection:
        record_balance(connection, balance, run_id=run_id)
    return balance


async def read_balance_after(api: SaberClient, ledger: Ledger, *, run_id: str) -> int | None:
    """Credits that are left after buying; None, with a warning, where that cannot be read: nothing hangs on it."""
    try:
        return await read_balance(api, ledger, run_id=run_id)
    except PipelineError as error:
        logger.warning("The balance after the run could not be read: %s", error)
        return None
