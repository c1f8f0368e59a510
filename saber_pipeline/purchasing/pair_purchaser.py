"""Purchasing pairs that a run has claimed, and that another run may take over before they are sent."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from saber_pipeline.errors import ApiError
from saber_pipeline.ledger.purchase_rows import SIGNALS, Key
from saber_pipeline.ledger.purchases import Submission, free_pairs
from saber_pipeline.ledger.runs import ClaimLostError
from saber_pipeline.purchasing.purchaser import Item, Purchaser, Reply
from saber_pipeline.purchasing.result import Submitted

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PairIntent:
    """Pairs in the ledger that are about to be sent."""

    submission: Submission


Sent = TypeVar("Sent", bound=PairIntent)


class PairPurchaser(Purchaser[Item, Sent, Reply]):
    """Counts in ``submitted`` what came of it. Where runs take claims over, it sends no more of what may be gone."""

    rows = SIGNALS
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

    def key_of(self, intent: Sent) -> Key:
        """The submission's id."""
        return (intent.submission.submission_id,)

    def free_claims(self, connection: sa.Connection, intent: Sent) -> None:
        """The submission's pairs are due again."""
        free_pairs(connection, intent.submission.submission_id)

    def note_unknown(self, intent: Sent, error: ApiError) -> None:
        """Nothing of it is sent again before it is resolved what became of it."""
        submission = intent.submission
        self.submitted.unknown[submission.submission_id] = submission.signals
        logger.warning(
            "The reply to a purchase of %d signals was lost (%s). The run does not send it again before it knows "
            "whether the purchase arrived.",
            submission.signals,
            error,
        )

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
