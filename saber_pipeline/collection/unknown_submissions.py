"""Finds out whether a POST with a lost reply had its effect.

An async batch creates signals for seconds after its POST, so looking once and sending the rest would pay twice. One
signal created after the intent proves the whole batch. Nothing is sent again before the waiting time has passed without
any.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from saber_pipeline.api.client import SaberClient
from saber_pipeline.collection.acceptance import CLOCK_SLACK_SECONDS
from saber_pipeline.collection.missing_pairs import GapsRead, read_gaps
from saber_pipeline.collection.signal_sink import SignalSink
from saber_pipeline.collection.signal_sources import SignalSource, newest_pages
from saber_pipeline.ledger.awaited_pairs import AwaitedPair, pairs_of_submission
from saber_pipeline.ledger.purchase_rows import SIGNALS
from saber_pipeline.ledger.purchases import Submission, resolve_without_effect, submissions_in
from saber_pipeline.ledger.runs import live_runs
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.ledger.tables import SubmissionState
from saber_pipeline.ledger.write_ahead import Clocks, accept_proven, adopt_orphans

logger = logging.getLogger(__name__)

NEWEST_PAGES = 8
"""How many pages of the newest signals are searched before single domains are looked up."""

SAMPLED_PAIRS = 25


@dataclass(frozen=True)
class Resolver:
    """Decides submissions with an unknown outcome."""

    client: SaberClient
    source: SignalSource
    ledger: Ledger
    sink: SignalSink
    wait_seconds: float
    lease_seconds: float

    async def step(self, submission_ids: frozenset[str]) -> None:
        """Look for signals of every unknown submission among ``submission_ids``."""
        with self.ledger.transaction() as connection:
            api_now, machine_now = self.client.server_clock.now().timestamp(), self.client.stopwatch.wall()
            clocks = Clocks(api_now, machine_now, self.lease_seconds)
            adopt_orphans(connection, SIGNALS, live_runs(connection, lease_seconds=self.lease_seconds), clocks)
            unknown = submissions_in(connection, [SubmissionState.UNKNOWN], ids=submission_ids)
        for submission in unknown:
            await self._decide(submission)

    async def _decide(self, submission: Submission) -> None:
        with self.ledger.reading() as connection:
            gaps = [
                AwaitedPair(pair, submission.submission_id, None)
                for pair in pairs_of_submission(connection, submission.submission_id)
            ]
        waited = self._seconds_unknown(submission)
        is_over = waited >= self.wait_seconds
        read = await self._look_for(submission, gaps, thoroughly=is_over)
        if is_over and self.sink.unreadable.proves(submission, gaps):
            with self.ledger.transaction() as connection:
                accept_proven(connection, SIGNALS, {submission.submission_id})
            read.proven.add(submission.submission_id)
        if submission.submission_id in read.proven:
            logger.info(
                "The purchase of %d signals whose reply was lost did arrive. The run collects its signals and does not "
                "buy them again.",
                submission.signals,
            )
        elif is_over:
            with self.ledger.transaction() as connection:
                resolve_without_effect(connection, submission.submission_id, cached=read.cached)
            logger.info(
                "A purchase of %d signals never arrived at the API: it left no trace for %d minutes. It cost nothing, "
                "and its pairs are due again.",
                submission.signals,
                waited // 60,
            )
        else:
            logger.info(
                "It is not known yet whether a purchase of %d signals arrived. It is sent again only after another %d "
                "seconds without a trace.",
                submission.signals,
                self.wait_seconds - waited,
            )

    def _seconds_unknown(self, submission: Submission) -> float:
        if submission.unknown_at is None:
            at_api, on_machine = submission.intended_at, submission.machine_intended_at
        else:
            at_api, on_machine = submission.unknown_at, submission.machine_unknown_at
        return self.client.stopwatch.seconds_since(
            f"unknown {submission.submission_id}", at_api=at_api, on_machine=on_machine
        )

    async def _look_for(self, submission: Submission, gaps: Sequence[AwaitedPair], *, thoroughly: bool) -> GapsRead:
        if await self._shows_among_newest(submission):
            return GapsRead(proven={submission.submission_id})
        every = max(1, len(gaps) // SAMPLED_PAIRS)
        asked = gaps if thoroughly else gaps[::every][:SAMPLED_PAIRS]
        return await read_gaps(self.source, self.sink, asked, is_last_lookup=thoroughly)

    async def _shows_among_newest(self, submission: Submission) -> bool:
        since = submission.bought_since - CLOCK_SLACK_SECONDS
        async for page, _ in newest_pages(self.source, since=since, most=NEWEST_PAGES):
            result = self.sink.take(page.signals)
            if submission.submission_id in result.proven:
                return True
        return False
