"""Respects the rate limits in the API's headers.

Reads and writes have separate limits, so each class has a limiter, shared by everything that uses the client. Two
processes may share a key, so a 429 is normal. It pauses the whole class.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.api.retry_after import rate_limits
from saber_pipeline.errors import ApiRateLimitedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from saber_pipeline.api.clock import Clock

LONGEST_PACING_WAIT_SECONDS = 60.0
"""The limits are per minute; without a 429, headers that ask for a longer wait are ignored."""


@dataclass
class WaitBudget:
    """Limits the time for which rate limits may delay one request."""

    operation: str
    seconds: float
    spent_seconds: float = 0.0
    refusal: ApiRateLimitedError | None = None

    def spend(self, seconds: float) -> None:
        """Subtract a wait. Raises ApiRateLimitedError if it exceeds the rest."""
        self.spent_seconds += seconds
        if self.spent_seconds <= self.seconds:
            return
        if self.refusal is not None:
            raise self.refusal
        raise ApiRateLimitedError(
            f"{self.operation}: the API's rate limit held the request back for more than "
            f"{self.seconds:.0f} seconds. It was not sent; try again later."
        )


class RateLimiter:
    """Limits the requests of one class: ``max_concurrent`` at once at most, and as many as the API's headers allow."""

    def __init__(self, clock: Clock, *, max_concurrent: int) -> None:
        self._clock = clock
        self._places = asyncio.Semaphore(max_concurrent)
        self._limit: int | None = None
        self._remaining: int | None = None
        self._resets_at = 0.0
        self._paused_until = 0.0
        self._sent = 0
        self._newest_seen = 0

    @asynccontextmanager
    async def acquire(self, budget: WaitBudget) -> AsyncIterator[int]:
        """Wait until the request may be sent; yields its number, for ``observe``."""
        async with self._places:
            while (wait := self._seconds_to_wait()) > 0:
                budget.spend(wait)
                await self._clock.sleep(wait)
            if self._remaining is not None:
                self._remaining -= 1
            self._sent += 1
            yield self._sent

    def pause(self, seconds: float) -> None:
        """Delay every request of this limiter. A longer running pause stays."""
        self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)

    def observe(self, number: int, headers: Mapping[str, str], server_now: datetime) -> None:
        """Use the headers of the reply to request ``number``, unless a newer request's reply came first."""
        limits = rate_limits(headers, server_now)
        if limits.remaining is None or limits.seconds_to_reset is None or number < self._newest_seen:
            return
        self._newest_seen = number
        self._limit = limits.limit
        # The reply may not count requests that were sent after this one.
        self._remaining = max(0, limits.remaining - (self._sent - number))
        self._resets_at = self._clock.monotonic() + min(limits.seconds_to_reset, LONGEST_PACING_WAIT_SECONDS)

    def _seconds_to_wait(self) -> float:
        now = self._clock.monotonic()
        if self._paused_until > now:
            return self._paused_until - now
        if self._remaining is None or self._remaining > 0:
            return 0.0
        if self._resets_at > now:
            return self._resets_at - now
        self._remaining = self._limit or None
        return 0.0
