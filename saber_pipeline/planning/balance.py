"""The account's balance: read at Saber, and kept in the ledger each time."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from saber_pipeline.api.client import SaberClient
from saber_pipeline.errors import PipelineError
from saber_pipeline.ledger.balances import record_balance
from saber_pipeline.ledger.store import Ledger

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
