"""Reads a whole listing although its pages may shift, and proves that the reading is complete.

Offset paging loses rows if something is added or removed meanwhile. A reading is complete if all pages had the same
total and as many distinct objects came. It is also complete if two readings in a row had that total and the same
objects: then the API lists an object twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from saber_pipeline.api.pages import Page

T = TypeVar("T")

PAGE_ROWS = 100
ATTEMPTS = 4


@dataclass(frozen=True)
class ListingRead:
    """The result of reading a listing. ``is_proven``: every object was read. ``unreadable`` rows are no objects."""

    distinct: int
    is_proven: bool
    unreadable: int = 0


@dataclass(frozen=True)
class _Pass:
    """One reading from the first to the last page. ``unreadable`` counts elements that are no objects."""

    ids: frozenset[str]
    rows: int
    unreadable: int
    totals: frozenset[int]

    def adds_up(self, before: frozenset[str] | None) -> bool:
        if len(self.totals) > 1:
            return False
        is_same = self.ids == before
        if not self.totals:  # the API gives no total
            return is_same
        (total,) = self.totals
        return len(self.ids) + self.unreadable == total or (self.rows == total and is_same)


async def read_listing(
    page_at: Callable[[int], Awaitable[Page[T]]],
    identity: Callable[[T], str],
    take: Callable[[T], None],
    *,
    attempts: int = ATTEMPTS,
    pause: Callable[[int], Awaitable[object]] | None = None,
) -> ListingRead:
    """Read all pages, and read them again if they do not add up. ``take`` gets each distinct object once.

    ``pause`` is awaited before each further reading, and gets the number of readings so far.

    An object of one reading that is missing in the next was taken all the same.
    """
    taken: set[str] = set()
    before: frozenset[str] | None = None
    for readings in range(attempts):
        if readings and pause is not None:
            await pause(readings)
        one = await _read_once(page_at, identity, take, taken)
        if one.adds_up(before):
            return ListingRead(len(taken), is_proven=True, unreadable=one.unreadable)
        before = one.ids
    return ListingRead(len(taken), is_proven=False, unreadable=one.unreadable)


async def _read_once(
    page_at: Callable[[int], Awaitable[Page[T]]],
    identity: Callable[[T], str],
    take: Callable[[T], None],
    taken: set[str],
) -> _Pass:
    ids: set[str] = set()
    totals: set[int] = set()
    offset = unreadable = 0
    while True:
        page = await page_at(offset)
        if page.total_is_exact:
            totals.add(page.total)
        known = len(ids)
        for item in page.items:
            key = identity(item)
            ids.add(key)
            if key not in taken:
                taken.add(key)
                take(item)
        rows = len(page.items) + len(page.unreadable)
        unreadable += len(page.unreadable)
        offset += rows
        # A page without new objects is the end too: a listing may repeat its last page for ever.
        has_new_rows = len(ids) > known or bool(page.unreadable)
        if not has_new_rows or not (page.has_more or (page.total_is_exact and offset < page.total)):
            return _Pass(frozenset(ids), offset, unreadable, frozenset(totals))
