"""The base of all groups of operations: the retrying client, and the sync create that two groups share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.api.call import Call
from saber_pipeline.api.signals import Signal, read_signal

if TYPE_CHECKING:
    from saber_pipeline.api.retry import RetryingClient
    from saber_pipeline.api.signal_requests import SignalRequest

LONGEST_SYNC_WAIT_SECONDS = 900


class Operations:
    """A group of operations. SaberClient inherits from all groups."""

    _client: RetryingClient

    async def _create_sync(self, operation: str, path: str, request: SignalRequest, timeout_seconds: int) -> Signal:
        if not 1 <= timeout_seconds <= LONGEST_SYNC_WAIT_SECONDS:
            raise ValueError(f"a sync create waits 1 to {LONGEST_SYNC_WAIT_SECONDS} seconds, not {timeout_seconds}")
        call = Call(
            operation,
            "POST",
            path,
            body=request.body(),
            headers={"X-Sbr-Timeout-Sec": str(timeout_seconds)},
            is_write=True,
            wait_seconds=timeout_seconds,
        )
        return await self._client.call(call, lambda reply: read_signal(reply.body))
