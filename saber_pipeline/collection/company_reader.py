"""Reads signals about companies in bulk: closed windows of completion times, and the listing of failed signals."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.clock import Clock
from saber_pipeline.collection.acceptance import CLOCK_SLACK_SECONDS
from saber_pipeline.collection.poll_result import PollResult
from saber_pipeline.collection.reading_turn import ReadingTurn
from saber_pipeline.collection.signal_sink import SignalSink, SinkBatch
from saber_pipeline.collection.signal_sources import PAGE_ROWS
from saber_pipeline.collection.windows import (
    MAX_WINDOW_ROWS,
    ListsSignals,
    PollOverdueError,
    Take,
    WindowRead,
    completed_page,
    read_pages,
    read_window,
)
from saber_pipeline.errors import ApiError
from saber_pipeline.ledger.awaited_pairs import count_sent
from saber_pipeline.ledger.pairs_in_flight import advance_watermark
from saber_pipeline.ledger.purchases import Submission
from saber_pipeline.ledger.store import Ledger

logger = logging.getLogger(__name__)

TAIL_ROWS = 250
"""With no more pairs than this left, answers are read at once, before their window has closed."""

FAILED_POLL_SECONDS = 600.0
"""The listing of failed signals is not ordered by time of failure, so a large run reads it rarely and at its end."""


HINT_SECONDS = 10.0
"""How long the status of batches may take: nothing depends on it."""

ENDED = frozenset({"completed", "complete", "done", "finished", "failed", "succeeded"})
"""Words of the batch status, whose shape is not documented, so that it is only a hint."""


@dataclass
class CompanyReader:
    """A ``ListingReader`` of ``listing``. ``on_settled`` is called after each window with its settled pairs.

    Runs that share a ledger take turns (``turn``) to read more than a few pages, each for all of them.
    """

    client: SaberClient
    listing: ListsSignals
    ledger: Ledger
    sink: SignalSink
    run_id: str
    collect_lag_seconds: float
    clock: Clock
    on_settled: Callable[[int], None]
    turn: ReadingTurn
    _has_batch_status: bool = True  # until it could not be read
    _is_under_way: bool = False  # signals were processing at the last count
    _processing: int | None = None  # that count, while nothing had completed since
    _settled: int = 0

    def __post_init__(self) -> None:
        self._failed = FailedListing(self.listing)
        self._failed_polled_at = self.clock.monotonic()

    async def poll(self, followed: list[Submission]) -> PollResult:
        if self._sent(at_most=TAIL_ROWS + 1) <= TAIL_ROWS:
            return await self._poll(followed, is_small=True)
        with self.turn.taken() as is_ours:
            return await self._poll(followed, is_small=False) if is_ours else PollResult(processing=None, unread=0)

    async def _poll(self, followed: list[Submission], *, is_small: bool) -> PollResult:
        is_quiet = self._processing is not None
        if self._is_under_way and not is_quiet and not is_small and await self._read_closed(followed):
            if self.clock.monotonic() - self._failed_polled_at > FAILED_POLL_SECONDS:
                await self.poll_failed(followed)
            return PollResult(processing=None, unread=0)
        processing = (await self.listing.list_signals(statuses=("processing",), limit=1)).total
        self._is_under_way = processing > 0
        if processing and processing == self._processing and not is_small:
            self._processing = None  # probably nothing has ended; the next poll reads in any case
            return PollResult(processing, unread=0)
        self._processing = None
        unread = await self._read_completed(followed, processing=processing, is_small=is_small)
        is_late = self.clock.monotonic() - self._failed_polled_at > FAILED_POLL_SECONDS
        if processing == 0 or is_late or (is_small and self._sent() > processing + unread):
            await self.poll_failed(followed)
        return PollResult(processing, unread)

    async def poll_failed(self, followed: Iterable[Submission]) -> None:
        oldest = min(submission.bought_since for submission in followed)
        with self.sink.new_batch() as batch:
            await self._failed.poll(batch.take, created_since=_utc(oldest - CLOCK_SLACK_SECONDS))
        self._failed_polled_at = self.clock.monotonic()

    async def batch_is_done(self, subject: str) -> bool:
        if not self._has_batch_status:
            return False
        try:
            async with asyncio.timeout(HINT_SECONDS):
                return all_ended(await self.client.get_signal_batch_status(subject))
        except (ApiError, TimeoutError) as error:
            # A poll must not fail for it. What concerns every request shows in the listings too.
            logger.debug("The status of batches could not be read and is not asked for again: %s", error)
            self._has_batch_status = False
            return False

    async def _read_closed(self, followed: list[Submission]) -> bool:
        """Read the closed window since the last poll; returns whether that settled any pair.

        While answers keep coming, counting requests are not needed: every request of this poll reads a page of answers.
        """
        others, closed = self.turn.others(self.sink), self._closed()
        start = _start([*followed, *others.awaited])
        if closed <= start:
            return False
        first = await completed_page(self.listing, start=start, end=closed)
        if not first.total:
            return False
        before = self._settled
        read = await read_window(self.listing, self._batch_and_report, start=start, end=closed, first=first)
        self._note_closed(followed, others.followed, start, closed, read)
        return self._settled > before

    async def _read_completed(self, followed: list[Submission], *, processing: int, is_small: bool) -> int:
        """Read the signals completed since the last poll; returns how many are too young to be read yet."""
        is_idle = processing == 0
        others, closed = self.turn.others(self.sink), self._closed()
        start = _start(followed if is_small else [*followed, *others.awaited])
        first = await completed_page(self.listing, start=start, limit=PAGE_ROWS if is_idle or is_small else 1)
        if not first.total:
            self._processing = processing
            return 0
        reads_all = is_idle or (is_small and first.total <= TAIL_ROWS)
        if reads_all and first.total <= MAX_WINDOW_ROWS:
            with self.sink.new_batch() as batch:
                read = await read_pages(self.listing, batch.take, first, start=start, end=None)
        elif reads_all or closed > start:
            # If no signal is processing, the window that ends now is as good as closed.
            end = self.client.server_clock.latest() + timedelta(seconds=1) if reads_all else closed
            read = await read_window(
                self.listing,
                self._batch_and_report,
                start=start,
                end=end,
                expected_rows=first.total if reads_all else 0,
            )
        else:
            return first.total
        if closed > start:
            self._note_closed(followed, others.followed, start, closed, read)
        return 0 if reads_all else max(0, first.total - read.rows)

    def _closed(self) -> datetime:
        lag = timedelta(seconds=self.collect_lag_seconds)
        return (self.client.server_clock.earliest() - lag).replace(microsecond=0)

    def _note_closed(
        self,
        followed: list[Submission],
        others: list[Submission],
        start: datetime,
        closed: datetime,
        read: WindowRead,
    ) -> None:
        """Record a proven window for ``followed``, and for those of ``others`` that it covers without a gap."""
        if not read.is_proven:
            return
        covered = [each for each in others if start <= _utc(_collected_until(each)) < closed]
        with self.ledger.transaction() as connection:
            # A second of overlap leaves no gap, whether the API's bounds are open or closed.
            ids = {submission.submission_id for submission in (*followed, *covered)}
            advance_watermark(connection, sorted(ids), closed.timestamp() - 1)

    @contextmanager
    def _batch_and_report(self) -> Iterator[SinkBatch]:
        with self.sink.new_batch() as batch:
            yield batch
        self._settled += len(batch.result.settled)
        self.on_settled(len(batch.result.settled))

    def _sent(self, *, at_most: int | None = None) -> int:
        with self.ledger.reading() as connection:
            return count_sent(connection, self.run_id, at_most=at_most)


def _start(followed: Iterable[Submission]) -> datetime:
    return _utc(min(_collected_until(submission) for submission in followed))


def _collected_until(submission: Submission) -> float:
    if submission.collected_until is not None:
        return submission.collected_until
    return submission.bought_since - CLOCK_SLACK_SECONDS


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)


class FailedListing:
    """Reads the failed signals since the last poll, newest created first. They may have no completion time."""

    def __init__(self, client: ListsSignals) -> None:
        self._client = client
        self._total_seen = -1

    async def poll(self, take: Take, *, created_since: datetime) -> None:
        """Send one request if nothing new has failed, otherwise read pages back to ``created_since``.

        An overdue poll stops here, and the next poll starts over.
        """
        offset = 0
        while True:
            try:
                page = await self._client.list_signals(statuses=("failed",), limit=PAGE_ROWS, offset=offset)
            except PollOverdueError:
                return
            if offset == 0 and page.total == self._total_seen:
                return
            if offset == 0:
                total = page.total
            take(page.signals)
            offset += max(1, len(page.signals) + len(page.unreadable))
            oldest = min((s.created_at for s in page.signals if s.created_at is not None), default=None)
            if (
                (offset == page.total and page.total_is_exact)
                or not (page.signals or page.unreadable)
                or (oldest is not None and oldest < created_since)
            ):
                break
        self._total_seen = total


def all_ended(reply: dict[str, Any] | None) -> bool:
    """Whether a reply reports every batch it names as ended; False for a reply that is not understood."""
    statuses = set(_statuses(reply))
    return bool(statuses) and statuses <= ENDED


def _statuses(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str) and str(name).lower() in ("status", "state"):
                yield inner.lower()
            else:
                yield from _statuses(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _statuses(inner)
