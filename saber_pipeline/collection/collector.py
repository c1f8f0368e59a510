"""Collects purchased signals until every awaited pair has an outcome or the time is up.

Polls read most signals in bulk. Once nothing changes any more, pairs without an outcome are looked up one by one.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.clock import Clock
from saber_pipeline.collection.acceptance import seconds_since_sent
from saber_pipeline.collection.company_reader import TAIL_ROWS, CompanyReader
from saber_pipeline.collection.contact_reader import ContactReader
from saber_pipeline.collection.missing_pairs import read_gaps
from saber_pipeline.collection.poll_deadline import GRACE_SECONDS, Patience, PatientListing, PatientSource
from saber_pipeline.collection.poll_interval import PollInterval
from saber_pipeline.collection.poll_result import ListingReader, PollResult
from saber_pipeline.collection.progress import Lately, Progress
from saber_pipeline.collection.reading_turn import ReadingTurn
from saber_pipeline.collection.signal_sink import SignalSink
from saber_pipeline.collection.signal_sources import source_of
from saber_pipeline.collection.unknown_submissions import Resolver
from saber_pipeline.collection.webhook_wakeups import EventReader
from saber_pipeline.collection.windows import PollOverdueError
from saber_pipeline.config.questions.subject_kinds import CONTACTS, SubjectKind
from saber_pipeline.errors import ApiError, ApiKeyRefusedError
from saber_pipeline.ledger.awaited_pairs import (
    Awaited,
    AwaitedPair,
    awaited_in_flight,
    awaited_submission_ids,
    count_awaited,
    count_sent,
)
from saber_pipeline.ledger.claims import free_claims, skip_pairs
from saber_pipeline.ledger.pairs_in_flight import close_submissions, mark_lost
from saber_pipeline.ledger.purchases import submissions_in
from saber_pipeline.ledger.runs import live_runs
from saber_pipeline.ledger.slices import SLICE_ROWS
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.ledger.tables import SkipKind, SubmissionState

logger = logging.getLogger(__name__)

GAP_WAIT_SECONDS = (5.0, 300.0)
"""The first and the longest wait between two look-ups of single pairs."""

STALL_SECONDS = 60.0
"""After this long without an outcome, pairs that are not known to be processing are looked up one by one."""

STALLED_POLLS = 2

UNEXPLAINED_SHARE = 0.1
"""The share of pairs that must be unexplained: one early failed signal is no reason to look up 20,000 pairs."""

LONG_STALL_SECONDS = 600.0
"""After this long without an outcome, all pairs are looked up: the processing signals may be other people's."""

CREATION_SECONDS = 60.0
"""How long after a POST the API may still be creating signals that it does not show yet."""

SAMPLED_PAIRS = 25

EVENT_POLL_SECONDS = 1.0
"""How often a run checks the ledger for webhook events."""


@dataclass(frozen=True)
class CollectSettings:
    """Settings of the collector; see the user's settings of the same names.

    ``hears_webhooks``: a receiver records webhook events in the ledger; the collector reads their signals at once.
    """

    collect_lag_seconds: float
    lost_after_minutes: float
    resolve_wait_minutes: float
    lease_seconds: float
    outage_seconds: float = 600.0
    hears_webhooks: bool = False


class Collector:
    """Collects for one run. ``run`` ends when no pair is awaited any more, or at the deadline.

    ``poll_once`` polls once, while more is still being sent. A poll checks ``deadline`` too.
    """

    def __init__(
        self,
        client: SaberClient,
        ledger: Ledger,
        sink: SignalSink,
        *,
        kind: SubjectKind,
        run_id: str,
        settings: CollectSettings,
        clock: Clock,
        report: Callable[[Progress], None],
        deadline: float = math.inf,
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._sink = sink
        self._patience = Patience(clock, sink, deadline=deadline)
        self._source = PatientSource(source_of(client, kind), self._patience, sink)
        self._resolver = Resolver(
            client,
            self._source,
            ledger,
            sink,
            wait_seconds=60 * settings.resolve_wait_minutes,
            lease_seconds=settings.lease_seconds,
        )
        self._listing: ListingReader = (
            ContactReader(self._source, ledger, sink, run_id=run_id)
            if kind is CONTACTS
            else CompanyReader(
                client,
                PatientListing(client, self._patience, sink),
                ledger,
                sink,
                run_id=run_id,
                collect_lag_seconds=settings.collect_lag_seconds,
                clock=clock,
                on_settled=self._report_settled,
                turn=ReadingTurn(
                    ledger,
                    run_id,
                    lease_seconds=settings.lease_seconds,
                    monotonic=clock.monotonic,
                    is_over=lambda: clock.monotonic() >= self._patience.deadline,
                ),
            )
        )
        self._events = EventReader(ledger, [self._source])
        self._run_id = run_id
        self._settings = settings
        self._clock = clock
        self._report = report
        self._counts: tuple[int | None, ...] | None = None  # of the last poll
        self._gap_wait_seconds = GAP_WAIT_SECONDS[0]
        self._began = self._moved_at = self._reached = clock.monotonic()
        self._next_gaps_at = self._began + self._gap_wait_seconds
        self._first: Awaited | None = self._count()  # ``run`` uses it, unless claims may be sent before
        self._total = self._remaining = self._sent = self._first.remaining
        self._polls_without_progress = 0
        self._lately = Lately()

    async def run(self, *, deadline: float, more: Callable[[Awaited], Awaitable[bool]] | None = None) -> None:
        """Collect until ``deadline`` (the clock's monotonic seconds) at the latest.

        ``more`` is called after each poll with the awaited pairs. It may buy more, and returns whether it did.

        Raises:
            ApiError: the API was unreachable for longer than ``outage_seconds``, or refuses the key.
        """
        self._patience.deadline = deadline
        interval = PollInterval()
        awaited = self._first if self._first and not self._first.claimed else self._count()
        looked = self._clock.monotonic()
        while True:
            if more is not None and looked < deadline and await more(awaited):
                awaited = self._expect_more(awaited)
            if not awaited.remaining:
                break
            before, awaited = awaited, await self.poll_once()
            now = self._clock.monotonic()
            settled = before.remaining - awaited.remaining
            interval.adapt(
                settled=settled,
                remaining=awaited.remaining,
                elapsed_seconds=now - looked,
                under_way_seconds=now - self._began,
            )
            looked = now
            if now >= deadline:
                break
            if awaited.remaining:
                await self._rest(min(interval.seconds, max(0.0, deadline - now)))
        with self._ledger.transaction() as connection:
            close_submissions(connection)

    def _expect_more(self, before: Awaited) -> Awaited:
        """Count again after more was bought, and restart the measurement of stalls."""
        awaited = self._count()
        self._total += max(0, awaited.remaining - before.remaining)
        self._moved_at, self._polls_without_progress, self._sent = self._clock.monotonic(), 0, awaited.sent
        return awaited

    async def _rest(self, seconds: float) -> None:
        """Wait for the next poll. Read signals that webhooks announce at once; stop waiting if no pair is left."""
        if not self._settings.hears_webhooks:
            await self._clock.sleep(seconds)
            return
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0:
            await self._clock.sleep(min(EVENT_POLL_SECONDS, left))
            try:
                settled = await self._events.read(self._sink)
            except ApiError as error:
                logger.warning("A signal that a webhook announced could not be read. The next poll reads it: %s", error)
                continue
            if settled and not self._count().remaining:
                return

    async def poll_once(self) -> Awaited:
        """Poll once and report progress; returns the pairs still awaited. Raises as ``run`` does."""
        before, self._first = self._remaining, None
        self._patience.begin()
        try:
            await self._poll()
            self._reached = self._clock.monotonic()
        except PollOverdueError:
            logger.warning(
                "The run's waiting time is over, and another %d s of reading brought no answer. The run stops reading, "
                "and the next run continues.",
                GRACE_SECONDS,
            )
        except ApiKeyRefusedError:
            raise
        except ApiError as error:
            if self._clock.monotonic() - self._reached > self._settings.outage_seconds:
                raise
            logger.warning("The API did not answer. The run keeps trying: %s", error)
        awaited = self._count()
        if awaited.remaining < before:
            self._moved_at = self._clock.monotonic()
        self._report_progress()
        return awaited

    def _report_settled(self, settled: int) -> None:
        """Report progress without counting in the ledger, which takes a second for a million pairs."""
        self._remaining = max(0, self._remaining - settled)
        self._report_progress()

    def _report_progress(self) -> None:
        seconds = self._clock.monotonic() - self._began
        self._report(self._lately.progress(self._total - self._remaining, self._total, seconds))

    def _count(self) -> Awaited:
        with self._ledger.transaction() as connection:
            free_claims(connection, live_runs(connection, lease_seconds=self._settings.lease_seconds))
        with self._ledger.reading() as connection:
            awaited = count_awaited(connection, self._run_id)
        self._remaining = awaited.remaining
        return awaited

    async def _poll(self) -> None:
        with self._ledger.reading() as connection:
            ids = awaited_submission_ids(connection, self._run_id)
            followed = submissions_in(connection, [SubmissionState.ACCEPTED, SubmissionState.UNKNOWN], ids=ids)
        if followed:
            polled = await self._listing.poll(followed)
            if await self._gaps_are_due(polled):
                await self._listing.poll_failed(followed)
                try:
                    await self._look_up_all()
                finally:
                    self._next_gaps_at = self._clock.monotonic() + self._gap_wait_seconds
                    self._gap_wait_seconds = min(2 * self._gap_wait_seconds, GAP_WAIT_SECONDS[1])
        await self._resolver.step(ids)

    async def _gaps_are_due(self, polled: PollResult) -> bool:
        """Whether pairs are neither processing nor waiting to be read, and nothing changes any more."""
        now = self._clock.monotonic()
        with self._ledger.reading() as connection:
            remaining = count_sent(connection, self._run_id)
        unexplained = 0 if polled.processing is None else remaining - polled.processing - polled.unread
        was, self._counts = self._counts, (remaining, polled.processing, polled.unread)
        is_stable = was == self._counts  # no signal is being created or finished
        if remaining < self._sent:
            self._moved_at, self._polls_without_progress = now, 0
        self._sent = remaining
        self._polls_without_progress += 1
        if not remaining or now < self._next_gaps_at:
            return False
        # A single poll is not enough: in a long run polls are minutes apart.
        still_seconds = now - self._moved_at if self._polls_without_progress > STALLED_POLLS else 0.0
        return (
            (is_stable and unexplained > remaining // 2)
            or (
                still_seconds > STALL_SECONDS
                and (unexplained > UNEXPLAINED_SHARE * remaining or remaining <= TAIL_ROWS)
            )
            or still_seconds > LONG_STALL_SECONDS
            or (is_stable and unexplained > 0 and await self._batch_is_done())
        )

    async def _batch_is_done(self) -> bool:
        with self._ledger.reading() as connection:
            first = awaited_in_flight(connection, self._run_id, limit=1)
        return bool(first) and await self._listing.batch_is_done(first[0].pair.subject)

    async def _look_up_all(self) -> None:
        all_created = self._are_all_created()
        after = None
        while True:
            with self._ledger.reading() as connection:
                size = SLICE_ROWS if all_created or after else SAMPLED_PAIRS
                gaps = awaited_in_flight(connection, self._run_id, after=after, limit=size)
            if not gaps:
                return
            read = await read_gaps(self._source, self._sink, gaps, all_created=all_created)
            self._give_up_lost(read.unseen)
            if not all_created and after is None and len(read.unseen) == len(gaps):
                return  # the API has not begun to create the signals
            after = gaps[-1].pair

    def _are_all_created(self) -> bool:
        with self._ledger.reading() as connection:
            ids = awaited_submission_ids(connection, self._run_id)
            sent = submissions_in(connection, list(SubmissionState), ids=ids)
        if not sent:
            return True  # another run has just settled the last pair
        watch = self._client.stopwatch
        newest = min(sent, key=lambda s: watch.at_first_sight(at_api=s.intended_at, on_machine=s.machine_intended_at))
        return seconds_since_sent(watch, newest) > CREATION_SECONDS

    def _give_up_lost(self, unseen: list[AwaitedPair]) -> None:
        if not unseen:
            return
        with self._ledger.reading() as connection:
            accepted = submissions_in(connection, [SubmissionState.ACCEPTED], ids={gap.submission_id for gap in unseen})
        most = 60 * self._settings.lost_after_minutes
        too_old = {s.submission_id for s in accepted if seconds_since_sent(self._client.stopwatch, s) > most}
        gone = [gap for gap in unseen if gap.submission_id in too_old]
        held = self._sink.hold_back(gone, is_over=True)
        lost = [gap.pair for gap in gone if gap.pair not in held]
        if not lost:
            return
        reason = f"the API accepted it, but showed no signal for {self._settings.lost_after_minutes:g} minutes"
        logger.warning("%d pairs were lost: %s. They are due again.", len(lost), reason)
        with self._ledger.transaction() as connection:
            skip_pairs(connection, self._run_id, lost, SkipKind.LOST, reason)
            mark_lost(connection, too_old)
