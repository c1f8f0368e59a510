"""Reads signals in three ways, the same for companies and for contacts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.signals import Signal, SignalPage
from saber_pipeline.config.questions.subject_kinds import CONTACTS, SubjectKind

PAGE_ROWS = 25


class SignalSource(Protocol):
    """The signals about one kind of subject."""

    async def newest(self, *, offset: int = 0) -> SignalPage:
        """A page of all signals, newest created first."""
        ...

    async def of_subject(self, subject: str, *, offset: int = 0) -> SignalPage:
        """A page of one subject's signals, newest created first."""
        ...

    async def by_id(self, signal_id: str) -> Signal:
        """One signal. Raises ApiNotFoundError when there is none."""
        ...


def source_of(client: SaberClient, kind: SubjectKind) -> SignalSource:
    """A source for signals about ``kind``, over ``client``."""
    if kind is CONTACTS:
        return _Signals(client.list_contact_signals, "contact_profile_url", client.get_contact_signal)
    return _Signals(client.list_signals, "domain", client.get_signal)


@dataclass(frozen=True)
class _Signals:
    """``subject_filter``: the name of the listing's filter for a subject."""

    listing: Callable[..., Awaitable[SignalPage]]
    subject_filter: str
    one: Callable[[str], Awaitable[Signal]]

    async def newest(self, *, offset: int = 0) -> SignalPage:
        return await self.listing(limit=PAGE_ROWS, offset=offset)

    async def of_subject(self, subject: str, *, offset: int = 0) -> SignalPage:
        return await self.listing(**{self.subject_filter: subject}, limit=PAGE_ROWS, offset=offset)

    async def by_id(self, signal_id: str) -> Signal:
        return await self.one(signal_id)


async def newest_pages(source: SignalSource, *, since: float, most: int) -> AsyncIterator[tuple[SignalPage, bool]]:
    """The newest pages back to signals created before ``since`` (Unix time), ``most`` at most; each with ``is_last``.

    The API may return fewer rows than requested, so each page begins where the rows of the last one ended. A total that
    is wrong must not end the reading: it only saves the request for an empty page after a short one.
    """
    offset = 0
    for _ in range(most):
        page = await source.newest(offset=offset)
        rows = len(page.signals) + len(page.unreadable)
        offset += rows
        created = [s.created_at.timestamp() for s in page.signals if s.created_at is not None]
        is_last = (
            not rows
            or (rows < PAGE_ROWS and offset == page.total and page.total_is_exact)
            or (bool(created) and min(created) < since)
        )
        yield page, is_last
        if is_last:
            return
