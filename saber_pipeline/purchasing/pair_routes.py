"""The route of each claimed pair: a batch that carries many, or a request of its own.

What may have been bought is not sent again here: what became of it is found out first. Pairs that were not sent when
the run had to stop are due again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from saber_pipeline.api.client import SaberClient
from saber_pipeline.collection.signal_sink import SignalSink
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import OutOfCreditsError, PipelineError, is_out_of_credits
from saber_pipeline.ledger.claims import ClaimedPair, Pair, claimed_slice, release, skip_pairs
from saber_pipeline.ledger.reasons import reason_of
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.ledger.tables import SkipKind
from saber_pipeline.purchasing.batch_purchases import BatchSender
from saber_pipeline.purchasing.chunks import ids_of_singles
from saber_pipeline.purchasing.fence import Fence
from saber_pipeline.purchasing.price_watch import PriceWatch
from saber_pipeline.purchasing.refusals import failed_for_credits, lacks_credits
from saber_pipeline.purchasing.result import Submitted
from saber_pipeline.purchasing.single_creates import SingleSender

logger = logging.getLogger(__name__)

CLAIMS_AT_ONCE = 200_000
SINGLES_AT_ONCE = 2_000
"""About a minute at the API's limit for writes; then what has completed meanwhile is read."""


@dataclass
class Submitter:
    """Sends one run's claimed pairs, each by the route that carries its question.

    ``with_summary``: Saber sums each company up when its batch is complete.
    """

    client: SaberClient
    ledger: Ledger
    sink: SignalSink
    run_id: str
    questions: Mapping[str, Question]
    settings: Settings
    watch: PriceWatch
    with_summary: bool
    submitted: Submitted = field(default_factory=Submitted)
    _judged: int = 0  # failures after which the balance was read

    async def send_some(self) -> bool:
        """Send some of the claimed pairs; whether there may be more to send."""
        self.submitted.stopped_by = self.submitted.stopped_by or await self._lack_of_credits()
        if self.submitted.stopped_by is None:
            await self._send_some()
        if self.submitted.stopped_by is not None:
            self._leave_rest(self.submitted.stopped_by)
        elif self.submitted.lost_too_many:
            self._put_off_rest()
        else:
            with self.ledger.reading() as connection:
                return bool(claimed_slice(connection, self.run_id, 1))
        return False

    async def _lack_of_credits(self) -> PipelineError | None:
        """Why failures seen so far stop the purchases, None if they do not.

        The API documents no code for a signal that fails for lack of credits. So where a failure has no documented
        reason, the balance decides; it also decides where another run's signals failed, because credits may have been
        added since. Only what is not bought yet is decided here: the pair that failed has its outcome.
        """
        failed, remaining = self.sink.perhaps_for_credits, self.watch.count_remaining()
        if not remaining or failed == self._judged:
            return None
        self._judged = failed
        if self.run_id in self.sink.out_of_credits:
            return failed_for_credits(self.sink.failed_for_credits)
        if not await lacks_credits(self.client, remaining * self.settings.credits_per_signal):
            return None
        return OutOfCreditsError(
            f"{failed:,} signals failed at Saber, and the balance does not cover the {remaining:,} that were to follow."
        )

    async def _send_some(self) -> None:
        single_ids = ids_of_singles(self.questions.values())
        with self.ledger.reading() as connection:
            batched = claimed_slice(connection, self.run_id, CLAIMS_AT_ONCE, without_questions=single_ids)
        if batched:
            await self._batches.send(batched)
            return
        with self.ledger.reading() as connection:
            single = claimed_slice(connection, self.run_id, SINGLES_AT_ONCE)
        if single:
            await self._send_singles(single)

    async def _send_singles(self, claimed: Sequence[ClaimedPair]) -> None:
        """Send these, or as many of them as may be bought before the balance is compared."""
        try:
            most = await self.watch.most_at_once({pair.question_id for pair in claimed})
        except PipelineError as error:
            self.submitted.stopped_by = error
            return
        some = claimed[:most]
        before = self.submitted.attempted
        await self._singles.send(some, is_all=len(some) == len(claimed))
        self.watch.note_bought(self.submitted.attempted - before, {pair.question_id for pair in some})
        if self.submitted.may_go_on:
            self.submitted.stopped_by = await self.watch.compare()

    @cached_property
    def _batches(self) -> BatchSender:
        return BatchSender(*self._of_both_routes, self.watch, self.settings.max_batch_domains, self.with_summary)

    @cached_property
    def _singles(self) -> SingleSender:
        return SingleSender(*self._of_both_routes, self.sink)

    @property
    def _of_both_routes(self) -> tuple[SaberClient, Ledger, Fence, Mapping[str, Question], Settings, Submitted]:
        fence = Fence(self.ledger, self.run_id, self.settings.lease_seconds)
        return self.client, self.ledger, fence, self.questions, self.settings, self.submitted

    def _put_off_rest(self) -> None:
        logger.warning(
            "%d replies in a row were lost. The run sends the rest once it knows whether these purchases arrived.",
            self.submitted.unknown_in_a_row,
        )
        with self.ledger.transaction() as connection:
            release(connection, self.run_id)

    def _leave_rest(self, error: PipelineError) -> None:
        kind = SkipKind.CREDITS if is_out_of_credits(error) else SkipKind.UNSENT
        while True:
            with self.ledger.transaction() as connection:
                rest = claimed_slice(connection, self.run_id, CLAIMS_AT_ONCE)
                pairs = [Pair(pair.question_id, pair.subject) for pair in rest]
                skip_pairs(connection, self.run_id, pairs, kind, reason_of(error))
            if not rest:
                return
            if kind is SkipKind.CREDITS:
                self.submitted.refused += len(rest)
