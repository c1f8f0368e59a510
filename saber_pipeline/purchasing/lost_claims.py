"""A claim that another run has: because it took it over, or because this run had not answered for too long."""

from __future__ import annotations

import logging

from saber_pipeline.ledger.runs import ClaimLostError
from saber_pipeline.ledger.store import Ledger

logger = logging.getLogger(__name__)


def is_taken_over(ledger: Ledger, error: ClaimLostError) -> bool:
    """Whether runs of this ledger take claims over from each other, so that one that is lost is nothing to warn of."""
    if not ledger.is_in_a_database:
        logger.warning("%s", error)
        return False
    logger.info("Another run has taken over some of the pairs that this one has claimed. This one buys the others.")
    return True
