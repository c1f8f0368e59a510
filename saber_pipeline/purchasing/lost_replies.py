"""A purchase whose reply was lost: written down as such, whatever route it took."""

from __future__ import annotations

import logging

from saber_pipeline.api.client import SaberClient
from saber_pipeline.errors import ApiError
from saber_pipeline.ledger.purchases import Submission, mark_unknown
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.purchasing.result import Submitted

logger = logging.getLogger(__name__)


def note_lost_reply(
    client: SaberClient, ledger: Ledger, submitted: Submitted, submission: Submission, error: ApiError
) -> None:
    """The purchase may have had its effect: nothing of it is sent again before that is resolved."""
    submitted.unknown[submission.submission_id] = submission.signals
    with ledger.transaction() as connection:
        mark_unknown(
            connection,
            submission.submission_id,
            at=client.server_clock.now().timestamp(),
            machine_at=client.stopwatch.wall(),
            reason=str(error),
        )
    logger.warning(
        "The reply to a purchase of %d signals was lost (%s). The run does not send it again before it knows whether "
        "the purchase arrived.",
        submission.signals,
        error,
    )
