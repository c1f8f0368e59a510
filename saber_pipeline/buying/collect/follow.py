"""Following purchases until every awaited pair has an outcome or the time is up.

One look after another: closed windows of completion times bring the bulk, a sweep brings the failed
signals, and what still has no outcome once nothing moves any more is looked up pair by pair.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.clock import Clock
from saber_pipeline.buying.collect.gaps import read_gaps
from saber_pipeline.buying.collect.hints import says_done
from saber_pipeline.buying.collect.judging import CLOCK_SLACK_SECONDS
from saber_pipeline.buying.collect.pace import Pace
from saber_pipeline.buying.collect.progress import Progress
from saber_pipeline.buying.collect.receiving import Delivery, Receiver
from saber_pipeline.buying.collect.resolving import Resolver
from saber_pipeline.buying.collect.sweeping import FailedSweep
from saber_pipeline.buying.collect.windows import MAX_WINDOW_ROWS, PAGE_ROWS, completed_page, read_pages, read_window
from saber_pipeline.buying.ledger.awaiting import (
    Awaited,
    AwaitedPair,
    awaited_in_flight,
    awaited_submission_ids,
    count_awaited,
)
from saber_pipeline.buying.ledger.claims import free_claims, leave_unserved
from saber_pipeline.buying.ledger.leases import live_runs
from saber_pipeline.buying.ledger.settling import advance_watermark, close_submissions, mark_lost
from saber_pipeline.buying.ledger.slices import SLICE_ROWS
from saber_pipeline.buying.ledger.store import Ledger
from saber_pipeline.buying.ledger.submissions import Submission, submissions_in
from saber_pipeline.buying.ledger.tables import SubmissionState, UnservedKind
from saber_pipeline.errors import ApiError, ApiKeyRefusedError

logger = logging.getLogger(__name__)

TAIL_ROWS = 250
"""With so few pairs left, answers are read at once although their window has not closed yet."""

GAP_WAIT_SECONDS = (5.0, 300.0)
"""The first and the longest wait between two look-ups pair by pair."""

STALL_SECONDS = 60.0
"""Without any outcome for so long, what is not known to be processing is looked up pair by pair."""

SWEEP_SECONDS = 300.0
"""The listing of failed signals has no order of time, so a large run reads it rarely and at its end."""

LONG_STALL_SECONDS = 600.0
"""Without any outcome for so long, everything is: the signals that are processing may be somebody else's."""

CREATION_SECONDS = 60.0
"""For so long after a POST an API that shows nothing of it may still be creating its signals."""

SAMPLED_PAIRS = 25


@dataclass(frozen=True)
class FollowSettings:
    """The rules of following; see the settings of the same names."""

    collect_lag_seconds: float
    lost_after_minutes: float
    lease_seconds: float
    outage_seconds: float = 600.0


class Follower:
    """Collects for one run. ``run`` ends when nothing is awaited any more or at the deadline."""

    def __init__(
        self,
        client: SaberClient,
        ledger: Ledger,
        receiver: Receiver,
        resolver: Resolver,
        *,
        run_id: str,
        settings: FollowSettings,
        clock: Clock,
        report: Callable[[Progress], None],
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._receiver = receiver
        self._resolver = resolver
        self._run_id = run_id
        self._settings = settings
        self._clock = clock
        self._report = report
        self._failed = FailedSweep(client)
        self._quiet = QuietCounter()
        self._gap_wait_seconds = GAP_WAIT_SECONDS[0]
        self._next_gaps_at = 0.0
        self._moved_at = self._began = 0.0
        self._total = self._remaining = 0
        self._swept_at = clock.monotonic()

    async def run(self, *, deadline: float) -> None:
        """Follow until ``deadline`` (the clock's monotonic seconds) at the latest.

        Raises:
            ApiError: the API has been out of reach for longer than an outage may last, or refuses the key.
        """
        pace = Pace()
        awaited = self._count()
        self._total = awaited.remaining
        self._began = looked = self._moved_at = reached = self._clock.monotonic()
        self._next_gaps_at = self._began + self._gap_wait_seconds
        while awaited.remaining:
            try:
                await self._look()
                reached = self._clock.monotonic()
            except ApiKeyRefusedError:
                raise
            except ApiError as error:
                if self._clock.monotonic() - reached > self._settings.outage_seconds:
                    raise
                logger.warning("The API did not answer, this run keeps trying: %s", error)
            before, awaited = awaited, self._count()
            now = self._clock.monotonic()
            if awaited.remaining < before.remaining:
                self._moved_at = now
            settled = before.remaining - awaited.remaining
            pace.after_look(settled=settled, remaining=awaited.remaining, elapsed_seconds=now - looked)
            looked = now
            self._say()
            if not awaited.remaining or now >= deadline:
                break
            await self._clock.sleep(min(pace.seconds, max(0.0, deadline - now)))
        with self._ledger.transaction() as connection:
            close_submissions(connection)

    def _say(self) -> None:
        seconds = self._clock.monotonic() - self._began
        self._report(Progress(self._total - self._remaining, self._total, seconds))

    def _count(self) -> Awaited:
        with self._ledger.transaction() as connection:
            free_claims(connection, live_runs(connection, lease_seconds=self._settings.lease_seconds))
        with self._ledger.reading() as connection:
            awaited = count_awaited(connection, self._run_id)
        self._remaining = awaited.remaining
        return awaited

    async def _look(self) -> None:
        with self._ledger.reading() as connection:
            ids = awaited_submission_ids(connection, self._run_id)
            followed = submissions_in(connection, [SubmissionState.ACCEPTED, SubmissionState.UNKNOWN], ids=ids)
        if followed:
            processing = (await self._client.list_signals(statuses=("processing",), limit=1)).total
            unread = await self._read_completed(followed, is_idle=processing == 0)
            is_late = self._clock.monotonic() - self._swept_at > SWEEP_SECONDS
            if processing == 0 or is_late or self._is_small():
                await self._sweep_failed(followed)
            if await self._gaps_are_due(processing, unread):
                await self._sweep_failed(followed)
                await self._look_up_all()
        await self._resolver.step(ids)

    async def _read_completed(self, followed: list[Submission], *, is_idle: bool) -> int:
        """Read what completed since the last look; returns how much of it is too young to be read yet."""
        start = _utc(min(_collected_until(submission) for submission in followed))
        now = self._client.server_clock.now()
        closed = (now - timedelta(seconds=self._settings.collect_lag_seconds)).replace(microsecond=0)
        is_small = self._is_small()
        first = await completed_page(self._client, start=start, limit=PAGE_ROWS if is_idle or is_small else 1)
        if not first.total:
            return 0
        reads_all = is_idle or (is_small and first.total <= TAIL_ROWS)
        if reads_all and first.total <= MAX_WINDOW_ROWS:
            with self._receiver.delivery() as delivery:
                read = await read_pages(self._client, delivery.take, first, start=start, end=None)
        elif reads_all or closed > start:
            # With nothing processing any more, the window that ends now is as good as closed.
            end = now + timedelta(seconds=1) if reads_all else closed
            read = await read_window(self._client, self._deliver_and_say, start=start, end=end)
        else:
            return first.total
        if closed > start and read.is_proven:
            with self._ledger.transaction() as connection:
                # A second of overlap, so that no reading of the bounds, open or closed, leaves a hole.
                advance_watermark(connection, [s.submission_id for s in followed], closed.timestamp() - 1)
        return 0 if reads_all else max(0, first.total - read.rows)

    @contextmanager
    def _deliver_and_say(self) -> Iterator[Delivery]:
        with self._receiver.delivery() as delivery:
            yield delivery
        # Not counted: a run of a million pairs takes a second for that, and has a hundred windows.
        self._remaining = max(0, self._remaining - len(delivery.received.settled))
        self._say()

    async def _sweep_failed(self, followed: list[Submission]) -> None:
        oldest = min(submission.intended_at for submission in followed)
        with self._receiver.delivery() as delivery:
            await self._failed.look(delivery.take, created_since=_utc(oldest - CLOCK_SLACK_SECONDS))
        self._swept_at = self._clock.monotonic()

    def _is_small(self) -> bool:
        with self._ledger.reading() as connection:
            return count_awaited(connection, self._run_id).sent <= TAIL_ROWS

    async def _gaps_are_due(self, processing: int, unread: int) -> bool:
        """Whether there is something that neither is processing nor waits to be read, and nothing moves any more."""
        now = self._clock.monotonic()
        with self._ledger.reading() as connection:
            remaining = count_awaited(connection, self._run_id).sent
        unexplained = remaining - processing - unread
        is_quiet = self._quiet.is_quiet((remaining, processing, unread))
        if not remaining or now < self._next_gaps_at:
            return False
        still_seconds = now - self._moved_at
        return (
            (is_quiet and unexplained > remaining // 2)
            or (still_seconds > STALL_SECONDS and (unexplained > 0 or remaining <= TAIL_ROWS))
            or still_seconds > LONG_STALL_SECONDS
            or (is_quiet and unexplained > 0 and await self._batch_status_says_done())
        )

    async def _batch_status_says_done(self) -> bool:
        with self._ledger.reading() as connection:
            first = awaited_in_flight(connection, self._run_id, limit=1)
        return bool(first) and says_done(await self._client.get_signal_batch_status(first[0].pair.subject))

    async def _look_up_all(self) -> None:
        try:
            await self._look_up_slices()
        finally:
            self._next_gaps_at = self._clock.monotonic() + self._gap_wait_seconds
            self._gap_wait_seconds = min(2 * self._gap_wait_seconds, GAP_WAIT_SECONDS[1])

    async def _look_up_slices(self) -> None:
        all_created = self._are_all_created()
        after = None
        while True:
            with self._ledger.reading() as connection:
                size = SLICE_ROWS if all_created or after else SAMPLED_PAIRS
                gaps = awaited_in_flight(connection, self._run_id, after=after, limit=size)
            if not gaps:
                return
            read = await read_gaps(self._client, self._receiver, gaps, all_created=all_created)
            self._give_up_lost(read.unseen)
            if not all_created and after is None and len(read.unseen) == len(gaps):
                return  # the API has not begun to create the signals
            after = gaps[-1].pair

    def _are_all_created(self) -> bool:
        with self._ledger.reading() as connection:
            ids = awaited_submission_ids(connection, self._run_id)
            newest = max(s.intended_at for s in submissions_in(connection, list(SubmissionState), ids=ids))
        return self._client.server_clock.now().timestamp() - newest > CREATION_SECONDS

    def _give_up_lost(self, unseen: list[AwaitedPair]) -> None:
        if not unseen:
            return
        since = self._client.server_clock.now().timestamp() - 60 * self._settings.lost_after_minutes
        with self._ledger.reading() as connection:
            accepted = submissions_in(connection, [SubmissionState.ACCEPTED], ids={gap.submission_id for gap in unseen})
        too_old = {s.submission_id for s in accepted if (s.submitted_at or s.intended_at) < since}
        lost = [gap.pair for gap in unseen if gap.submission_id in too_old]
        if not lost:
            return
        reason = f"the API accepted it, but showed nothing of it for {self._settings.lost_after_minutes:g} minutes"
        logger.warning("%d pairs were lost: %s. They are due again.", len(lost), reason)
        with self._ledger.transaction() as connection:
            leave_unserved(connection, self._run_id, lost, UnservedKind.LOST, reason)
            mark_lost(connection, too_old)


class QuietCounter:
    """Notices that two looks in a row saw the same numbers: nothing is being created or finished."""

    def __init__(self) -> None:
        self._last: tuple[int, ...] | None = None

    def is_quiet(self, counts: tuple[int, ...]) -> bool:
        """Whether ``counts`` are those of the last look."""
        was, self._last = self._last, counts
        return was == counts


def _collected_until(submission: Submission) -> float:
    if submission.collected_until is not None:
        return submission.collected_until
    return submission.intended_at - CLOCK_SLACK_SECONDS


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)
