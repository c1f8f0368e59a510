"""Operations on contacts: their signals, research and search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.api.call import Call, path_part, query_pairs
from saber_pipeline.api.contacts import (
    ContactResearch,
    ContactResearchRequest,
    ContactSearchPage,
    ContactSearchRequest,
    read_contact_research,
    read_contact_search,
)
from saber_pipeline.api.operations import Operations
from saber_pipeline.api.signals import Signal, SignalPage, read_signal, read_signal_page
from saber_pipeline.api.split_pages import read_or_split

if TYPE_CHECKING:
    from saber_pipeline.api.signal_requests import SignalRequest

SIGNALS = "/v1/contacts/signals"
RESEARCH = "/v1/contacts/research"


class ContactOperations(Operations):
    """``/v1/contacts``. Every method raises the kinds of ApiError."""

    async def list_contact_signals(
        self, *, contact_profile_url: str | None = None, limit: int = 25, offset: int = 0
    ) -> SignalPage:
        """One page, newest created first; ``limit`` ≤ 25."""

        async def read(*, limit: int, offset: int) -> SignalPage:
            query = query_pairs(contactProfileUrl=contact_profile_url, limit=limit, offset=offset)
            call = Call("list_contact_signals", "GET", SIGNALS, query)
            return await self._client.call(call, lambda reply: read_signal_page(reply.body, limit=limit, offset=offset))

        return await read_or_split(read, limit=limit, offset=offset)

    async def get_contact_signal(self, signal_id: str) -> Signal:
        """One signal by its id. Raises ApiNotFoundError if there is none."""
        call = Call("get_contact_signal", "GET", f"{SIGNALS}/{path_part(signal_id)}")
        return await self._client.call(call, lambda reply: read_signal(reply.body))

    async def create_contact_signal(self, request: SignalRequest) -> Signal:
        """Buy one signal. Without ``force_refresh``, the API may return a cached one instead."""
        call = Call("create_contact_signal", "POST", SIGNALS, body=request.body(), is_write=True)
        return await self._client.call(call, lambda reply: read_signal(reply.body))

    async def create_contact_signal_sync(self, request: SignalRequest, *, timeout_seconds: int) -> Signal:
        """Buy one signal and wait 1 to 900 seconds for it. It may still be processing then."""
        return await self._create_sync("create_contact_signal_sync", f"{SIGNALS}/sync", request, timeout_seconds)

    async def create_contact_research(self, request: ContactResearchRequest) -> ContactResearch:
        """Buy research about one contact. Read it by its id until it is done."""
        call = Call("create_contact_research", "POST", RESEARCH, body=request.body(), is_write=True)
        return await self._client.call(call, lambda reply: read_contact_research(reply.body))

    async def get_contact_research(self, research_id: str) -> ContactResearch:
        """One contact's research. Raises ApiNotFoundError if there is none."""
        call = Call("get_contact_research", "GET", f"{RESEARCH}/{path_part(research_id)}")
        return await self._client.call(call, lambda reply: read_contact_research(reply.body))

    async def get_contact_research_by_external_id(self, *, external_id: str, external_source: str) -> ContactResearch:
        """The research about a contact of another system. Raises ApiNotFoundError if there is none."""
        query = query_pairs(externalId=external_id, externalSource=external_source)
        call = Call("get_contact_research_by_external_id", "GET", RESEARCH, query)
        return await self._client.call(call, lambda reply: read_contact_research(reply.body))

    async def search_contacts(
        self, request: ContactSearchRequest, *, limit: int = 25, offset: int = 0
    ) -> ContactSearchPage:
        """One page of contacts; ``limit`` ≤ 100. It has no effect, so it is retried like a read."""
        body = {**request.body(), "limit": limit, "offset": offset}
        call = Call("search_contacts", "POST", "/v1/contacts/search", body=body)
        return await self._client.call(call, lambda reply: read_contact_search(reply.body, limit=limit, offset=offset))
