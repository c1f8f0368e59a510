"""Purchasing pairs that a run has claimed, and that another run may take over before they are sent."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import ApiError
from saber_pipeline.ledger.claims import ClaimedPair
from saber_pipeline.ledger.purchase_rows import SIGNALS, Key
from saber_pipeline.ledger.purchases import Submission, free_pairs, has_twins, intend
from saber_pipeline.ledger.runs import ClaimLostError
from saber_pipeline.products.product import Route
from saber_pipeline.purchasing.purchaser import Item, Purchaser, Reply
from saber_pipeline.purchasing.result import Submitted

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PairIntent:
    """Pairs in the ledger that are about to be sent."""

    submission: Submission


Sent = TypeVar("Sent", bound=PairIntent)


@dataclass
class PairPurchaser(Purchaser[Item, Sent, Reply]):
    """Counts the outcomes in ``submitted``. Where runs take claims over, it sends no more of what may be gone.

    ``questions`` are those of the pairs, by identity.
    """

    rows = SIGNALS
    questions: Mapping[str, Question]
    settings: Settings
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

    def write_down(self, connection: sa.Connection, pairs: Sequence[ClaimedPair], route: Route) -> Submission:
        """An intent for ``pairs``: all of them are forced, or none is."""
        return intend(
            connection,
            run_id=self.run_id,
            route=route,
            force_refresh=pairs[0].force_refresh,
            pairs=pairs,
            intended_at=self.client.server_clock.now().timestamp(),
            machine_at=self.client.stopwatch.wall(),
            price=self.settings.credits_per_signal,
        )

    def is_intended(self, connection: sa.Connection, intent: Sent) -> bool:
        """Whether it is still this run's to send; without force, only while no twin of its pairs has been claimed."""
        submission = intent.submission
        if not submission.force_refresh and has_twins(connection, submission.submission_id):
            return False
        return super().is_intended(connection, intent)

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
