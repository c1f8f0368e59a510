"""Keeping to the rate limits that the API states in its headers.

Reads and writes have limits of their own, so each has a limiter of its own, shared by everything that uses
the client. Two processes may share a key, so a 429 is normal: it pauses the whole class.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.api.decode import LARGEST_WHOLE_NUMBER, UnreadableReplyError, json_object
from saber_pipeline.api.server_clock import http_date
from saber_pipeline.errors import ApiRateLimitedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from saber_pipeline.api.call import Reply
    from saber_pipeline.api.clock import Clock

LONGEST_PACING_WAIT_SECONDS = 60.0
"""The limits are per minute; headers that ask for more without a 429 are not believed."""
LONGEST_NAMED_WAIT_SECONDS = 86_400.0
RELATIVE_RESET_BELOW = 1e9
MILLISECOND_RESET_FROM = 1e11


@dataclass
class WaitBudget:
    """How long one request may still be held back by rate limits."""

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
        limit, remaining = (
            _whole(headers.get("x-ratelimit-limit")),
            _whole(headers.get("x-ratelimit-remaining")),
        )
        reset = seconds_to_reset(headers, server_now)
        if remaining is None or reset is None or number < self._newest_seen:
            return
        self._newest_seen = number
        self._limit = limit
        # Requests sent after this one may not be counted in its reply yet.
        self._remaining = max(0, remaining - (self._sent - number))
        self._resets_at = self._clock.monotonic() + min(reset, LONGEST_PACING_WAIT_SECONDS)

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


@dataclass(frozen=True)
class RateLimits:
    """What a reply's headers say of its class of requests; None for what they leave out."""

    limit: int | None
    remaining: int | None
    seconds_to_reset: float | None


def rate_limits(headers: Mapping[str, str], server_now: datetime) -> RateLimits:
    """The rate limit that a reply states."""
    return RateLimits(
        _whole(headers.get("x-ratelimit-limit")),
        _whole(headers.get("x-ratelimit-remaining")),
        seconds_to_reset(headers, server_now),
    )


def retry_after_seconds(reply: Reply, server_now: datetime) -> float | None:
    """The wait that a 429 names: ``retryAfter``, else X-Ratelimit-Reset, else Retry-After, else None.

    A wait of more than a day is a mistake of whoever named it, and counts as not named.
    """
    told = (
        _body_wait(reply.body),
        seconds_to_reset(reply.headers, server_now),
        _header_wait(reply, server_now),
    )
    return next((wait for wait in told if wait is not None and 0 < wait <= LONGEST_NAMED_WAIT_SECONDS), None)


def seconds_to_reset(headers: Mapping[str, str], server_now: datetime) -> float | None:
    """From X-Ratelimit-Reset, which is unix seconds; milliseconds and relative seconds are understood."""
    reset = _number(headers.get("x-ratelimit-reset"))
    if reset is None:
        return None
    if reset < RELATIVE_RESET_BELOW:
        return max(0.0, reset)
    at = reset / 1000 if reset > MILLISECOND_RESET_FROM else reset
    return max(0.0, at - server_now.timestamp())


def _body_wait(body: bytes) -> float | None:
    try:
        whole = json_object(body)
    except UnreadableReplyError:
        return None
    error = whole.get("error")
    inner = error.get("retryAfter") if isinstance(error, dict) else None
    return _number(whole.get("retryAfter", inner))


def _header_wait(reply: Reply, server_now: datetime) -> float | None:
    header = reply.headers.get("retry-after")
    seconds = _number(header)
    if seconds is not None:
        return seconds
    date = http_date(header)
    return None if date is None else (date - server_now).total_seconds()


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number <= LARGEST_WHOLE_NUMBER else None


def _whole(value: str | None) -> int | None:
    number = _number(value)
    return None if number is None else int(number)
