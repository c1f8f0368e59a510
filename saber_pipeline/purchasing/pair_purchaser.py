"""Purchasing pairs that a run has claimed, and that another run may take over before they are sent."""

from __future__ import annotations

import logging

from saber_pipeline.ledger.runs import ClaimLostError
from saber_pipeline.purchasing.purchaser import Intent, Item, Purchaser, Reply
from saber_pipeline.purchasing.result import Submitted

logger = logging.getLogger(__name__)


class PairPurchaser(Purchaser[Item, Intent, Reply]):
    """Counts in ``submitted`` what came of it. Where runs take claims over, it sends no more of what may be gone."""

    submitted: Submitted
    _is_stale = False  # another run has taken over some of what is being sent

    @property
    def tally(self) -> Submitted:
        """What the whole run submitted."""
        return self.submitted

    @property
    def may_go_on(self) -> bool:
        """Whether another purchase may begin. What was taken over is looked up anew, not tried one by one."""
        return self.tally.may_go_on and not self._is_stale

    def begin(self) -> None:
        """What is sent from here on was looked up just now."""
        self._is_stale = False

    def note_claim_lost(self, error: ClaimLostError) -> None:
        """With a ledger in a database that is how it should be; else this run had not answered for too long."""
        if not self.ledger.is_in_a_database:
            super().note_claim_lost(error)
        elif not self._is_stale:
            self._is_stale = True
            logger.info(
                "Another run has taken over some of the pairs that this one has claimed. This one buys the others."
            )
