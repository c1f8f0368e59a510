"""Reads failed signals. They may have no completion time, so windows of completion times miss them."""

from __future__ import annotations

from datetime import datetime

from saber_pipeline.collection.signal_sources import PAGE_ROWS
from saber_pipeline.collection.windows import ListsSignals, PollOverdueError, Take


class FailedListing:
    """Reads the failed signals since the last poll, newest created first."""

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
                offset == page.total
                or not (page.signals or page.unreadable)
                or (oldest is not None and oldest < created_since)
            ):
                break
        self._total_seen = total
