"""Requests keep to what the API's headers allow, and wait out a 429."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.clock import Clock
from saber_pipeline.api.rate_limit import RateLimiter, WaitBudget
from saber_pipeline.api.retry_after import seconds_to_reset
from saber_pipeline.errors import ApiRateLimitedError
from saber_pipeline_tests.api.exchanges import exchange
from saber_pipeline_tests.api.fake_clock import START, FakeClock
from saber_pipeline_tests.api.scripted_server import ScriptedReply, reply_json

CREDITS = reply_json({"remainingCredits": 42})
DATE = "Sun, 01 Mar 2026 12:00:00 GMT"
NOW = START.timestamp()
ENVELOPE = {"error": {"type": "TIMEOUT", "code": "TOO_MANY_REQUESTS", "message": "slow", "requestId": "r"}}
FLAT = {"statusCode": 429, "error": "Too Many Requests", "message": "slow"}


@pytest.mark.parametrize(
    ("refusal", "seconds"),
    [
        (reply_json({**FLAT, "retryAfter": 12}, 429, Date=DATE, X_Ratelimit_Reset=str(int(NOW) + 5)), 12),
        (reply_json(FLAT, 429, Date=DATE, X_Ratelimit_Reset=str(int(NOW) + 5), Retry_After="9"), 5),
        (reply_json(ENVELOPE, 429, Date=DATE, X_Ratelimit_Reset=str(int(NOW) - 5), Retry_After="9"), 9),
        (reply_json(ENVELOPE, 429, Date=DATE, Retry_After="Sun, 01 Mar 2026 12:00:30 GMT"), 30),
        (reply_json(ENVELOPE, 429), 0),
        (ScriptedReply(status=429, body=b""), 0),
    ],
)
def test_a_429_is_waited_out(refusal: ScriptedReply, seconds: float) -> None:
    """The wait is retryAfter, else the reset, else Retry-After, else a short backoff."""
    exchanged = exchange(lambda client: client.get_credits(), refusal, CREDITS)
    assert exchanged.result == 42
    assert seconds < exchanged.clock.seconds <= seconds + 1


def test_patience_ends() -> None:
    """A rate limit that does not lift ends in its own error, with what the API said, in bounded time."""
    exchanged = exchange(lambda client: client.get_credits(), reply_json({**FLAT, "retryAfter": 50}, 429))
    assert isinstance(exchanged.error, ApiRateLimitedError)
    assert exchanged.error.status == 429
    assert "slow" in str(exchanged.error)
    assert 500 < exchanged.clock.seconds <= 600


def test_the_last_token_is_waited_for() -> None:
    """With nothing left until the reset, the next request waits for the reset instead of a 429."""

    async def twice(client: SaberClient) -> None:
        await client.get_credits()
        await client.get_credits()

    reset = str(int(NOW) + 8)
    empty = reply_json(
        {"remainingCredits": 1},
        Date=DATE,
        X_Ratelimit_Limit="400",
        X_Ratelimit_Remaining="0",
        X_Ratelimit_Reset=reset,
    )
    exchanged = exchange(twice, empty, CREDITS)
    assert exchanged.clock.slept == [pytest.approx(8, abs=0.01)]


def test_without_headers_nothing_waits() -> None:
    """An API that states no limits is not paced."""

    async def many(client: SaberClient) -> None:
        for _ in range(5):
            await client.get_credits()

    assert exchange(many, CREDITS).clock.slept == []


def limiter_of(clock: Clock, *, max_concurrent: int = 64) -> RateLimiter:
    return RateLimiter(clock, max_concurrent=max_concurrent)


def headers(*, remaining: int, reset: float) -> httpx.Headers:
    named = {
        "X-Ratelimit-Limit": "10",
        "X-Ratelimit-Remaining": str(remaining),
        "X-Ratelimit-Reset": str(reset),
    }
    return httpx.Headers(named)


def test_all_requests_of_a_limiter_pause_together() -> None:
    """A pause holds back everyone waiting in that limiter, and nobody in the other one."""

    async def run() -> tuple[list[float], float]:
        clock = FakeClock()
        reads, writes = limiter_of(clock), limiter_of(clock)
        writes.pause(20)
        async with reads.acquire(WaitBudget("read", 600)):
            read_at = clock.seconds

        async def write() -> float:
            async with writes.acquire(WaitBudget("write", 600)):
                return clock.seconds

        return await asyncio.gather(*(write() for _ in range(3))), read_at

    written_at, read_at = asyncio.run(run())
    assert read_at == 0
    assert min(written_at) >= 20


def test_tokens_in_flight_are_counted() -> None:
    """Requests under way count as spent: the last tokens are not handed out twice."""

    async def run() -> float:
        clock = FakeClock()
        limiter = limiter_of(clock)
        async with limiter.acquire(WaitBudget("r", 600)) as first, limiter.acquire(WaitBudget("r", 600)):
            limiter.observe(first, headers(remaining=2, reset=NOW + 30), clock.now())
        async with limiter.acquire(WaitBudget("r", 600)):
            spent_at = clock.seconds
        async with limiter.acquire(WaitBudget("r", 600)):
            assert spent_at == 0
            return clock.seconds

    assert asyncio.run(run()) == pytest.approx(30)


def test_old_news_is_ignored() -> None:
    """A reply that was overtaken by a later one does not give tokens back."""

    async def run() -> float:
        clock = FakeClock()
        limiter = limiter_of(clock)
        async with limiter.acquire(WaitBudget("r", 600)) as first, limiter.acquire(WaitBudget("r", 600)) as second:
            limiter.observe(second, headers(remaining=0, reset=NOW + 30), clock.now())
            limiter.observe(first, headers(remaining=9, reset=NOW + 30), clock.now())
        async with limiter.acquire(WaitBudget("r", 600)):
            return clock.seconds

    assert asyncio.run(run()) == pytest.approx(30)


def test_concurrency_is_bounded() -> None:
    """No more requests are under way at once than allowed."""

    async def run() -> int:
        limiter = limiter_of(FakeClock(), max_concurrent=3)
        under_way, most = 0, 0

        async def one() -> None:
            nonlocal under_way, most
            async with limiter.acquire(WaitBudget("r", 600)):
                under_way += 1
                most = max(most, under_way)
                await asyncio.sleep(0)
                under_way -= 1

        await asyncio.gather(*(one() for _ in range(20)))
        return most

    assert asyncio.run(run()) == 3


@pytest.mark.parametrize(("reset", "seconds"), [(NOW + 5, 5), ((NOW + 5) * 1000, 5), (5, 5), (NOW - 5, 0), ("x", None)])
def test_reset_in_any_unit(reset: object, seconds: float | None) -> None:
    """Unix seconds, milliseconds and plain seconds to go are told apart by their size."""
    found = seconds_to_reset(httpx.Headers({"X-Ratelimit-Reset": str(reset)}), START)
    assert found == (None if seconds is None else pytest.approx(seconds))


def test_a_wild_reset_without_a_429_is_not_believed() -> None:
    """Headers alone hold a request back for a minute at most."""

    async def run() -> float:
        clock = FakeClock()
        limiter = limiter_of(clock)
        async with limiter.acquire(WaitBudget("r", 600)) as number:
            limiter.observe(number, headers(remaining=0, reset=NOW + 90_000), clock.now())
        async with limiter.acquire(WaitBudget("r", 600)):
            return clock.seconds

    assert asyncio.run(run()) == pytest.approx(60)
