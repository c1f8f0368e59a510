"""Ends a poll after the run's time is over.

A poll that keeps finding answers is not cut short, so even a run without waiting time reads everything that is ready.
A poll ends if its listing is endless, or its pages hold no awaited answers.
"""

from __future__ import annotations

import math
from typing import Any

from saber_pipeline.api.clock import Clock
from saber_pipeline.api.signals import Signal, SignalPage
from saber_pipeline.api.unreadable_rows import is_signal_beyond_reading
from saber_pipeline.collection.signal_sink import SignalSink
from saber_pipeline.collection.signal_sources import SignalSource
from saber_pipeline.collection.windows import ListsSignals, PollOverdueError
from saber_pipeline.errors import ApiNotFoundError, ApiReplyError

GRACE_SECONDS = 10.0
GRACE_PAGES = 40
"""Both must pass without an awaited answer, because under a strict rate limit a few pages take minutes."""


class Patience:
    """Counts the pages since the last awaited answer. ``deadline`` is in the clock's monotonic seconds."""

    def __init__(self, clock: Clock, sink: SignalSink, *, deadline: float = math.inf) -> None:
        self.deadline = deadline
        self._clock = clock
        self._sink = sink
        self.begin()

    def begin(self) -> None:
        """Restart the count, when a poll begins or has found an answer."""
        self._moved_at = self._clock.monotonic()
        self._pages = 0
        self._answered = self._sink.pairs_answered

    def turn_page(self) -> None:
        """Call before each page. Raises PollOverdueError if the poll must end."""
        now = self._clock.monotonic()
        if now >= self.deadline:
            self._sink.looks_at_once = True  # the next call must know whether this page had answers
        if self._sink.pairs_answered != self._answered:
            self.begin()
        self._pages += 1
        if now >= self.deadline and now - self._moved_at > GRACE_SECONDS and self._pages > GRACE_PAGES:
            raise PollOverdueError


class PatientListing:
    """The client's listing, as long as ``patience`` lasts. Unreadable rows go to the sink at once."""

    def __init__(self, listing: ListsSignals, patience: Patience, sink: SignalSink) -> None:
        self._listing = listing
        self._patience = patience
        self._unreadable = sink.unreadable

    async def list_signals(self, **asked: Any) -> SignalPage:
        """One page, newest created first. Raises PollOverdueError."""
        self._patience.turn_page()
        page = await self._listing.list_signals(**asked)
        self._unreadable.note(page.unreadable)
        return page


class PatientSource:
    """A source, as long as ``patience`` lasts. First pages of subjects and ids do not count: they are finite."""

    def __init__(self, source: SignalSource, patience: Patience, sink: SignalSink) -> None:
        self._source = source
        self._patience = patience
        self._unreadable = sink.unreadable

    async def newest(self, *, offset: int = 0) -> SignalPage:
        self._patience.turn_page()
        page = await self._source.newest(offset=offset)
        self._unreadable.note(page.unreadable)
        return page

    async def of_subject(self, subject: str, *, offset: int = 0) -> SignalPage:
        if offset:
            self._patience.turn_page()
        page = await self._source.of_subject(subject, offset=offset)
        self._unreadable.note(page.unreadable, subject=subject)
        return page

    async def by_id(self, signal_id: str) -> Signal:
        """The signal. Raises ApiNotFoundError also if the signal exists but cannot be read."""
        try:
            return await self._source.by_id(signal_id)
        except ApiReplyError as error:
            if is_signal_beyond_reading(error.body, signal_id):
                self._unreadable.note([error.body], signal_id=signal_id)
            else:
                await self._source.newest()  # raises if the trouble is not about this signal alone
            raise ApiNotFoundError(str(error), status=error.status, body=error.body) from error
