"""Makes calls: limits the rate, retries where that is safe, and raises one error otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Generic, TypeVar

from saber_pipeline.api.call import Call, NoReply, Reply
from saber_pipeline.api.decode import UnreadableReplyError
from saber_pipeline.api.error_replies import (
    limits_our_rate,
    no_reply_error,
    reply_error,
    shows_no_effect,
    unreadable_error,
)
from saber_pipeline.api.rate_limit import RateLimiter, WaitBudget
from saber_pipeline.api.retry_after import retry_after_seconds
from saber_pipeline.api.send_hook import check_before_send
from saber_pipeline.api.server_clock import ServerClock
from saber_pipeline.api.stopwatch import Stopwatch
from saber_pipeline.errors import ApiError, ApiRateLimitedError

if TYPE_CHECKING:
    import random

    from saber_pipeline.api.clock import Clock
    from saber_pipeline.api.transport import RequestLimits, Transport

T = TypeVar("T")
Decode = Callable[[Reply], T]


@dataclass(frozen=True)
class RetrySettings:
    """Retries of reads, and of writes that certainly never arrived.

    Waits grow exponentially from ``first_wait_seconds`` up to a limit. Each is a random part of that (full jitter), so
    that clients that failed together do not retry together.
    """

    attempts: int = 6
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 20.0

    def wait_seconds(self, failures: int, rng: random.Random) -> float:
        """The wait after the ``failures``-th failure in a row (from 1)."""
        ceiling = self.first_wait_seconds * 2.0 ** min(failures - 1, 30)
        return rng.uniform(0.0, min(ceiling, self.longest_wait_seconds))


@dataclass(frozen=True)
class _Read(Generic[T]):
    value: T


@dataclass(frozen=True)
class _Failed:
    error: ApiError
    may_be_repeated: bool


class RetryingClient:
    """Makes calls. Retries reads after any temporary failure, and writes only if they never arrived."""

    def __init__(
        self,
        transport: Transport,
        *,
        clock: Clock,
        rng: random.Random,
        retry: RetrySettings,
        limits: RequestLimits,
    ) -> None:
        self.server_clock = ServerClock(clock)
        self.stopwatch = Stopwatch(clock, self.server_clock)
        self.request_counts: Counter[str] = Counter()
        self.reads = 0
        self.writes = 0
        self._transport = transport
        self._clock = clock
        self._rng = rng
        self._retry = retry
        self._patience_seconds = limits.rate_limit_patience_seconds
        self._read_limiter = RateLimiter(clock, max_concurrent=limits.max_concurrent)
        self._write_limiter = RateLimiter(clock, max_concurrent=limits.max_concurrent)

    async def call(self, call: Call, decode: Decode[T]) -> T:
        """Send ``call``, with retries, and return the result of ``decode``.

        ``decode`` raises UnreadableReplyError for a reply that it cannot read, or an ApiError for a refusal.

        Raises ApiError, whose kind says whether the call had its effect.
        """
        budget = WaitBudget(call.title, self._patience_seconds)
        failures = refusals = 0
        while True:
            result = await self._send(call, budget)
            if isinstance(result, Reply) and limits_our_rate(result):
                refusals += 1
                self._pause(call, result, budget, refusals)
                if not call.is_write or shows_no_effect(result):
                    continue
            outcome = self._judge(call, result, decode)
            if not isinstance(outcome, _Failed):
                return outcome.value
            failures += 1
            if not outcome.may_be_repeated or failures >= self._retry.attempts:
                raise outcome.error
            wait = self._retry.wait_seconds(failures, self._rng)
            if isinstance(result, Reply):
                wait = max(wait, self._retry_after(result))
            await self._clock.sleep(wait)

    def error_of(self, call: Call, reply: Reply) -> ApiError:
        """The error for a reply. For decoders that also read unsuccessful replies."""
        return reply_error(call, reply, masked_key=self._transport.masked_key)

    async def _send(self, call: Call, budget: WaitBudget) -> Reply | NoReply:
        limiter = self._limiter(call)
        async with limiter.acquire(budget) as number:
            if call.is_write:
                check_before_send()
            self.request_counts[call.operation] += 1
            self.reads += not call.is_write
            self.writes += call.is_write
            result = await self._transport.send(call)
        if isinstance(result, Reply):
            self.server_clock.observe(result.headers.get("date"))
            limiter.observe(number, result.headers, self.server_clock.by_headers())
        return result

    def _limiter(self, call: Call) -> RateLimiter:
        # The API limits by method: a search has no effect, but it counts as a POST.
        return self._read_limiter if call.method == "GET" else self._write_limiter

    def _pause(self, call: Call, reply: Reply, budget: WaitBudget, refusals: int) -> None:
        error = self.error_of(call, reply)
        if isinstance(error, ApiRateLimitedError):
            budget.refusal = error
        named_wait = retry_after_seconds(reply, self.server_clock.by_headers())
        # A random extra keeps two processes with the same key from retrying together.
        wait = self._retry.wait_seconds(refusals, self._rng) if named_wait is None else named_wait
        self._limiter(call).pause(wait + self._rng.uniform(0.0, 0.5))

    def _retry_after(self, reply: Reply) -> float:
        if "retry-after" not in reply.headers:
            return 0.0
        wait = retry_after_seconds(reply, self.server_clock.by_headers()) or 0.0
        return min(wait, self._retry.longest_wait_seconds)

    def _judge(self, call: Call, result: Reply | NoReply, decode: Decode[T]) -> _Read[T] | _Failed:
        if isinstance(result, NoReply):
            error = no_reply_error(call, result, base_url=self._transport.base_url)
            return _Failed(error, may_be_repeated=result.was_never_sent or not call.is_write)
        if not result.is_success and result.status not in call.also_decoded:
            is_passing = result.status >= HTTPStatus.INTERNAL_SERVER_ERROR or (
                result.status == HTTPStatus.REQUEST_TIMEOUT
            )
            return _Failed(self.error_of(call, result), may_be_repeated=is_passing and not call.is_write)
        try:
            return _Read(decode(result))
        except UnreadableReplyError as problem:
            body = self._transport.masked(result.body)
            unreadable = unreadable_error(call, result, problem, body=body)
        return _Failed(unreadable, may_be_repeated=not call.is_write)
