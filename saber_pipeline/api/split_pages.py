"""Requests an unreadable page again row by row, so that one row does not affect others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from saber_pipeline.api.signals import SignalPage, only_row
from saber_pipeline.errors import ApiReplyError

if TYPE_CHECKING:
    from collections.abc import Awaitable


class ReadsPage(Protocol):
    """One request for a page of signals."""

    def __call__(self, *, limit: int, offset: int) -> Awaitable[SignalPage]:
        """The page. Raises ApiReplyError if it cannot be read."""
        ...


async def read_or_split(read: ReadsPage, *, limit: int, offset: int) -> SignalPage:
    """The page, or its rows one by one. A row that is still unreadable is among ``unreadable``.

    Raises ApiReplyError if the reply is not a page (a proxy's HTML, say), or if no row can be read.
    """
    try:
        return await read(limit=limit, offset=offset)
    except ApiReplyError as error:
        if limit == 1 or not error.body.lstrip().startswith(b"{"):
            raise
        whole = error
    rows = await asyncio.gather(*(_read_row(read, at) for at in range(offset, offset + limit)))
    pages = [row for row in rows if isinstance(row, SignalPage)]
    if not pages:
        raise whole
    unreadable = [bytes_ for page in pages for bytes_ in page.unreadable]
    unreadable += [row for row in rows if isinstance(row, bytes)]
    return SignalPage(
        tuple(signal for page in pages for signal in page.signals),
        pages[0].total,
        tuple(unreadable),
        pages[0].total_is_exact,
    )


async def _read_row(read: ReadsPage, offset: int) -> SignalPage | bytes:
    try:
        return await read(limit=1, offset=offset)
    except ApiReplyError as error:
        return only_row(error.body)
