"""Reads signals about contacts: their listing has no filters for status or time, so by newest pages and by id.

Every purchase about a contact is a single create, so its signal id is known unless the reply was lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from saber_pipeline.collection.acceptance import CLOCK_SLACK_SECONDS
from saber_pipeline.collection.missing_pairs import read_gaps
from saber_pipeline.collection.poll_result import PollResult
from saber_pipeline.collection.signal_sink import SignalSink
from saber_pipeline.collection.signal_sources import PAGE_ROWS, SignalSource, newest_pages
from saber_pipeline.collection.windows import PollOverdueError
from saber_pipeline.ledger.awaited_pairs import awaited_in_flight, count_awaited
from saber_pipeline.ledger.purchases import Submission
from saber_pipeline.ledger.slices import SLICE_ROWS
from saber_pipeline.ledger.store import Ledger

PAIRS_PER_PAGE = 4
"""Pages are read only as long as each may hold this many awaited pairs; otherwise ids are cheaper."""


@dataclass(frozen=True)
class ContactReader:
    """A ``ListingReader``."""

    source: SignalSource
    ledger: Ledger
    sink: SignalSink
    run_id: str

    async def poll(self, followed: list[Submission]) -> PollResult:
        with self.ledger.reading() as connection:
            sent = count_awaited(connection, self.run_id).sent
        oldest = min(submission.bought_since for submission in followed) - CLOCK_SLACK_SECONDS
        is_read = sent > PAGE_ROWS and await self._read_newest(oldest, most_pages=max(1, sent // PAIRS_PER_PAGE))
        if not is_read:
            await self._read_by_id()
        with self.ledger.reading() as connection:
            return PollResult(processing=count_awaited(connection, self.run_id).named, unread=0)

    async def poll_failed(self, followed: Iterable[Submission]) -> None:
        """Does nothing: the listing contains failed signals too."""

    async def batch_is_done(self, subject: str) -> bool:  # noqa: ARG002 - the API has no batch status for contacts
        return False

    async def _read_newest(self, oldest: float, *, most_pages: int) -> bool:
        """Read the signals created since ``oldest``; False if that takes more than ``most_pages``."""
        with self.sink.new_batch() as batch:
            try:
                async for page, is_last in newest_pages(self.source, since=oldest, most=most_pages):
                    batch.take(page.signals)
                    if is_last:
                        return True
            except PollOverdueError:
                return True
        return False

    async def _read_by_id(self) -> None:
        after = None
        while True:
            with self.ledger.reading() as connection:
                gaps = awaited_in_flight(connection, self.run_id, after=after, limit=SLICE_ROWS)
            if not gaps:
                return
            await read_gaps(self.source, self.sink, [gap for gap in gaps if gap.signal_id is not None])
            after = gaps[-1].pair
