"""Reads all signals that completed in a window of time, and proves that none is missing.

Plain offset paging loses rows while signals are being created. A window that closed some tens of seconds ago cannot
change, so its pages can be read in parallel in any order. The proof: all pages have the same total, and there are as
many distinct ids.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from saber_pipeline.api.signals import Signal, SignalPage
from saber_pipeline.collection.signal_sources import PAGE_ROWS

logger = logging.getLogger(__name__)

MAX_WINDOW_ROWS = 12_000
MIN_WINDOW = timedelta(seconds=2)
PAGES_AT_ONCE = 80
"""More than the client sends at once, so that the client is always busy."""
ATTEMPTS = 3

Take = Callable[[Iterable[Signal]], None]


class PollOverdueError(Exception):
    """The poll's time is over: no further page is requested, and the pages read are kept."""


class TakesSignals(Protocol):
    """Anything that signals are delivered to."""

    def take(self, signals: Iterable[Signal], /) -> None:
        """Keep the wanted ones of ``signals``."""
        ...


class ListsSignals(Protocol):
    """Anything that lists signals by status and time of completion: the client, or a subscription's log."""

    async def list_signals(
        self,
        *,
        statuses: Sequence[str] = (),
        from_date: datetime | None = None,
        to_date: datetime | None = None,
        limit: int = 25,
        offset: int = 0,
    ) -> SignalPage:
        """One page, newest created first."""
        ...


NewBatch = Callable[[], AbstractContextManager[TakesSignals]]


@dataclass(frozen=True)
class WindowRead:
    """The result of reading a window. ``is_proven``: no signal of the window is missing."""

    rows: int
    is_proven: bool


class _Half(NamedTuple):
    start: datetime
    end: datetime
    first: SignalPage


async def read_window(
    client: ListsSignals,
    new_batch: NewBatch,
    *,
    start: datetime,
    end: datetime,
    first: SignalPage | None = None,
    expected_rows: int = 0,
    max_rows: int = MAX_WINDOW_ROWS,
    otherwise: str = "what is missing will be read domain by domain",
) -> WindowRead:
    """Read the signals completed between ``start`` and ``end``; windows of more than ``max_rows`` rows are halved.

    Each window is a batch of its own, so that memory stays small, and so does the work to repeat after a crash.
    ``first``: the window's first page, if read already. ``expected_rows``: roughly its number of rows.
    ``otherwise``: for the log, what happens if a window does not add up.
    """
    is_long = end - start >= 2 * MIN_WINDOW
    if first is None and not (is_long and expected_rows > max_rows):
        first = await completed_page(client, start=start, end=end)
    if first is None or (is_long and await _has_more_rows(client, first, max_rows, start=start, end=end)):
        older, newer = await _halves(client, start=start, end=end)
        parts = [
            await read_window(
                client,
                new_batch,
                start=half.start,
                end=half.end,
                first=half.first,
                max_rows=max_rows,
                otherwise=otherwise,
            )
            for half in (older, newer)
        ]
        return WindowRead(sum(part.rows for part in parts), all(part.is_proven for part in parts))
    for attempt in range(ATTEMPTS):
        with new_batch() as batch:
            read = await read_pages(client, batch.take, first, start=start, end=end)
        if read.is_proven:
            return read
        logger.debug("Window %s to %s did not add up, attempt %d.", start, end, attempt + 1)
        first = await completed_page(client, start=start, end=end)
    logger.warning(
        "The API's list of answers completed from %s to %s did not add up in %d attempts; %s.",
        start.isoformat(),
        end.isoformat(),
        ATTEMPTS,
        otherwise,
    )
    return read


async def _halves(client: ListsSignals, *, start: datetime, end: datetime) -> tuple[_Half, _Half]:
    """Both halves of a window, without a gap between them, whether the API's bounds are open or closed.

    The halves meet at one moment. A signal of this moment is either in both halves or in neither, so if the halves have
    as many rows together as the whole, there is no gap. Otherwise the halves overlap by a second. The whole is counted
    last: signals that complete meanwhile can only make it larger than its halves.
    """
    middle = (start + (end - start) / 2).replace(microsecond=0)
    older, newer = await asyncio.gather(
        completed_page(client, start=start, end=middle), completed_page(client, start=middle, end=end)
    )
    whole = await completed_page(client, start=start, end=end, limit=1)
    is_counted = older.total_is_exact and newer.total_is_exact and whole.total_is_exact
    if is_counted and older.total + newer.total >= whole.total:
        return _Half(start, middle, older), _Half(middle, end, newer)
    later = middle - timedelta(seconds=1)
    newer = await completed_page(client, start=later, end=end)
    return _Half(start, middle, older), _Half(later, end, newer)


async def _has_more_rows(
    client: ListsSignals, first: SignalPage, max_rows: int, *, start: datetime, end: datetime
) -> bool:
    """Whether a window really has more than ``max_rows`` rows. A wrong total alone would make halving endless."""
    if first.total <= max_rows or not (first.signals or first.unreadable):
        return False
    beyond = await completed_page(client, start=start, end=end, offset=max_rows)
    return bool(beyond.signals or beyond.unreadable)


async def read_pages(
    client: ListsSignals, take: Take, first: SignalPage, *, start: datetime, end: datetime | None
) -> WindowRead:
    """Read all pages of a window, whose first page is ``first``. Without ``end`` it may change meanwhile.

    An empty page ends the reading, whatever the total says. So does an overdue poll; then the window is not proven.
    """
    ids: set[str] = set()
    rows = unreadable = 0
    is_constant, is_over = True, False

    def accept(page: SignalPage) -> None:
        nonlocal rows, unreadable, is_constant, is_over
        is_over = is_over or not (page.signals or page.unreadable)
        is_constant = is_constant and page.total == first.total
        ids.update(signal.id for signal in page.signals)
        rows += len(page.signals) + len(page.unreadable)
        unreadable += len(page.unreadable)
        take(page.signals)

    accept(first)
    # If the API returns fewer rows than requested, its pages are smaller.
    page_rows = max(1, min(PAGE_ROWS, rows))
    offsets = iter(range(page_rows, first.total, page_rows))

    async def read_some() -> None:
        nonlocal is_over, is_constant
        while not is_over and (offset := next(offsets, None)) is not None:
            try:
                page = await completed_page(client, start=start, end=end, offset=offset)
            except PollOverdueError:
                is_over, is_constant = True, False
                return
            accept(page)

    readers = [asyncio.ensure_future(read_some()) for _ in range(min(PAGES_AT_ONCE, -(-first.total // page_rows)))]
    try:
        await asyncio.gather(*readers)
    finally:
        for reader in readers:
            reader.cancel()
    # A total that was derived from a page's rows proves nothing: the API may return fewer rows than requested.
    is_constant = is_constant and first.total_is_exact
    return WindowRead(rows, is_proven=is_constant and len(ids) + unreadable == first.total)


async def completed_page(
    client: ListsSignals,
    *,
    start: datetime,
    end: datetime | None = None,
    offset: int = 0,
    limit: int = PAGE_ROWS,
) -> SignalPage:
    """One page of the signals completed since ``start``, newest created first."""
    return await client.list_signals(statuses=("completed",), from_date=start, to_date=end, offset=offset, limit=limit)
