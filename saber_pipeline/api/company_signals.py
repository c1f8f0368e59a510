"""Operations on the signals of companies."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from saber_pipeline.api.batches import AsyncBatch, BatchItem, SyncBatch, read_batch, read_refused_batch
from saber_pipeline.api.call import Call, Reply, path_part, query_pairs
from saber_pipeline.api.decode import UnreadableReplyError, json_object
from saber_pipeline.api.operations import Operations
from saber_pipeline.api.signals import Signal, SignalPage, read_signal, read_signal_page
from saber_pipeline.api.split_pages import read_or_split
from saber_pipeline.errors import ApiKeyRefusedError, ApiRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from saber_pipeline.api.signal_requests import SignalRequest

PATH = "/v1/companies/signals"
COUNTING = "count_signals"
"""The name under which listings of one row are counted: they are requested for their total, not for the signal."""


class CompanySignalOperations(Operations):
    """``/v1/companies/signals``. Every method raises the kinds of ApiError."""

    async def list_signals(
        self,
        *,
        domain: str | None = None,
        statuses: Sequence[str] = (),
        from_date: datetime | None = None,
        to_date: datetime | None = None,
        limit: int = 25,
        offset: int = 0,
    ) -> SignalPage:
        """One page, newest created first; ``limit`` ≤ 25. The dates filter by the time of *completion*."""
        query = query_pairs(domain=domain, status=tuple(statuses), fromDate=from_date, toDate=to_date)
        return await self._page(COUNTING if limit == 1 else "list_signals", PATH, query, limit=limit, offset=offset)

    async def list_subscription_logs(
        self,
        subscription_id: str,
        *,
        statuses: Sequence[str] = (),
        from_date: datetime | None = None,
        to_date: datetime | None = None,
        limit: int = 25,
        offset: int = 0,
    ) -> SignalPage:
        """One page of a subscription's signals; ``limit`` ≤ 25."""
        query = query_pairs(status=tuple(statuses), fromDate=from_date, toDate=to_date)
        path = f"{PATH}/subscriptions/{path_part(subscription_id)}/logs"
        return await self._page("list_subscription_logs", path, query, limit=limit, offset=offset)

    async def get_signal(self, signal_id: str) -> Signal:
        """One signal by its id. Raises ApiNotFoundError if there is none."""
        call = Call("get_signal", "GET", f"{PATH}/{path_part(signal_id)}")
        return await self._client.call(call, lambda reply: read_signal(reply.body))

    async def create_signal(self, request: SignalRequest) -> Signal:
        """Buy one signal. Without ``force_refresh``, the API may return a cached one instead."""
        call = Call("create_signal", "POST", PATH, body=request.body(), is_write=True)
        return await self._client.call(call, lambda reply: read_signal(reply.body))

    async def create_company_signal_sync(self, request: SignalRequest, *, timeout_seconds: int) -> Signal:
        """Buy one signal and wait 1 to 900 seconds for it. It may still be processing then."""
        return await self._create_sync("create_company_signal_sync", f"{PATH}/sync", request, timeout_seconds)

    async def create_signal_batch(
        self,
        items: Sequence[BatchItem],
        domains: Sequence[str],
        *,
        asynchronous: bool,
        generate_summary: bool = False,
    ) -> AsyncBatch | SyncBatch:
        """Buy every item for every domain. The type of the result depends on the reply, not on ``asynchronous``.

        A 422 reply with a batch gives a SyncBatch with rejected items.
        """
        body: dict[str, Any] = {"signals": [item.body() for item in items], "domains": list(domains)}
        if asynchronous:
            body["async"] = True
        if generate_summary:
            body["generateSummaryOnComplete"] = True
        call = Call(
            "create_signal_batch",
            "POST",
            f"{PATH}/batch",
            body=body,
            is_write=True,
            also_decoded=frozenset({HTTPStatus.UNPROCESSABLE_ENTITY.value}),
        )

        def decode(reply: Reply) -> AsyncBatch | SyncBatch:
            if reply.is_success:
                return read_batch(reply.body)
            batch = read_refused_batch(reply.body)
            if batch is None:
                raise self._client.error_of(call, reply)
            return batch

        return await self._client.call(call, decode)

    async def get_signal_batch_status(self, domain: str) -> dict[str, Any] | None:
        """The API's status of a domain's batches: a hint of undocumented shape, or None.

        Raises only errors that concern every request: the key, the rate limit, an unreachable API.
        """
        call = Call("get_signal_batch_status", "GET", f"{PATH}/batches/status", query_pairs(domain=domain))
        try:
            return await self._client.call(call, _object_or_none)
        except ApiKeyRefusedError:
            raise
        except ApiRefusedError as error:
            if error.status == HTTPStatus.TOO_MANY_REQUESTS:
                raise
            return None

    async def _page(
        self, operation: str, path: str, query: list[tuple[str, str]], *, limit: int, offset: int
    ) -> SignalPage:
        async def read(*, limit: int, offset: int) -> SignalPage:
            call = Call(operation, "GET", path, [*query, *query_pairs(limit=limit, offset=offset)])
            return await self._client.call(call, lambda reply: read_signal_page(reply.body, limit=limit, offset=offset))

        return await read_or_split(read, limit=limit, offset=offset)


def _object_or_none(reply: Reply) -> dict[str, Any] | None:
    try:
        return json_object(reply.body)
    except UnreadableReplyError:
        return None
