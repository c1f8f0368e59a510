"""Reads signals in three ways, the same for companies and for contacts."""

from __future__ import annotations

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
    return _ContactSignals(client) if kind is CONTACTS else _CompanySignals(client)


class _CompanySignals:
    def __init__(self, client: SaberClient) -> None:
        self._client = client

    async def newest(self, *, offset: int = 0) -> SignalPage:
        return await self._client.list_signals(limit=PAGE_ROWS, offset=offset)

    async def of_subject(self, subject: str, *, offset: int = 0) -> SignalPage:
        return await self._client.list_signals(domain=subject, limit=PAGE_ROWS, offset=offset)

    async def by_id(self, signal_id: str) -> Signal:
        return await self._client.get_signal(signal_id)


class _ContactSignals:
    def __init__(self, client: SaberClient) -> None:
        self._client = client

    async def newest(self, *, offset: int = 0) -> SignalPage:
        return await self._client.list_contact_signals(limit=PAGE_ROWS, offset=offset)

    async def of_subject(self, subject: str, *, offset: int = 0) -> SignalPage:
        return await self._client.list_contact_signals(contact_profile_url=subject, limit=PAGE_ROWS, offset=offset)

    async def by_id(self, signal_id: str) -> Signal:
        return await self._client.get_contact_signal(signal_id)
