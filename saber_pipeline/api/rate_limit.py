"""Respects the rate limits that the API states in its headers.

Reads and writes have limits of their own, so each has a limiter of its own, shared by everything that uses
the client. Two processes may share a key, so a 429 is normal: it pauses the whole class.
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
"""The limits are per minute; headers that ask for more without a 429 are not believed."""


@dataclass
class WaitBudget:
    """The time for which rate limits may still delay one request."""

    operation: str
    seconds: float
    spent_seconds: float = 0.0
    refusal: ApiRateLimitedError | None = None

    def spend(self, seconds: float) -> None:
        """Take a wait off it. Raises ApiRateLimitedError when it is longer than what is left."""
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
    """The requests of one class: at most so many at once, paced by what the API says is left."""

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
        """Wait for a place and a turn; gives the request's number, for ``observe``."""
        async with self._places:
            while (wait := self._seconds_to_wait()) > 0:
                budget.spend(wait)
                await self._clock.sleep(wait)
            if self._remaining is not None:
                self._remaining -= 1
            self._sent += 1
            yield self._sent

    def pause(self, seconds: float) -> None:
        """Hold back every request of this limiter; a longer pause that is on already stays."""
        self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)

    def observe(self, number: int, headers: Mapping[str, str], server_now: datetime) -> None:
        """Learn from the headers of the reply to request ``number``; a late reply is out of date."""
        told = rate_limits(headers, server_now)
        if told.remaining is None or told.seconds_to_reset is None or number < self._newest_seen:
            return
        self._newest_seen = number
        self._limit = told.limit
        # Requests sent after this one may not be counted in its reply yet.
        self._remaining = max(0, told.remaining - (self._sent - number))
        self._resets_at = self._clock.monotonic() + min(told.seconds_to_reset, LONGEST_PACING_WAIT_SECONDS)

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
