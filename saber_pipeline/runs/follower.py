"""What a run follows to its end, read again and again: until nothing is in flight, the time is up, or a Ctrl-C."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

from saber_pipeline.collection.poll_interval import PollInterval
from saber_pipeline.collection.progress import Lately
from saber_pipeline.errors import ApiError, ApiKeyRefusedError
from saber_pipeline.runs.purchase_run import PurchaseRun

logger = logging.getLogger(__name__)

T = TypeVar("T")

OUTAGE_SECONDS = 600.0
STOP_LOOK_SECONDS = 0.5
"""So soon an interrupted run notices it while it waits."""


class Follower(Generic[T]):
    """Follows what ``in_flight`` lists for ``run``, whoever bought it, and whoever reads its end.

    ``read`` reads that once; ``noun`` names it; ``key`` tells one from another. What is in flight no more has ended,
    unless ``is_sent`` says that it was only claimed: that was given back.
    """

    def __init__(
        self,
        run: PurchaseRun,
        in_flight: Callable[[], Sequence[T]],
        read: Callable[[Sequence[T]], Awaitable[object]],
        *,
        noun: str,
        key: Callable[[T], Hashable],
        is_sent: Callable[[T], bool] = lambda _: True,
    ) -> None:
        self._run = run
        self._in_flight = in_flight
        self._read = read
        self._noun = noun
        self._key = key
        self._is_sent = is_sent
        self._began = self._reached = run.clock.monotonic()
        self._sent: set[Hashable] = set()  # ever seen in flight, and sent
        self._lately = Lately()

    async def until(self, deadline: float) -> None:
        """Read until nothing is in flight any more, or the deadline, once at least; an interruption ends it at once.

        Raises:
            ApiError: the API was out of reach for longer than an outage may last, or refuses the key.
        """
        clock, interval = self._run.clock, PollInterval()
        if self._run.stop.is_set():
            return
        before = await self.poll_once()
        looked = clock.monotonic()
        while before and clock.monotonic() < deadline:
            await self._sleep(min(interval.seconds, max(0.0, deadline - clock.monotonic())))
            if self._run.stop.is_set():  # whoever interrupted waits for no more than what is under way
                return
            left = await self.poll_once()
            now = clock.monotonic()
            interval.adapt(settled=max(0, before - left), remaining=left, elapsed_seconds=now - looked)
            before, looked = left, now

    async def poll_once(self) -> int:
        """Read everything in flight once; returns how much of it still is. Raises as ``until`` does."""
        flying = self._look()
        if not flying and not self._sent:
            return 0
        try:
            if flying:
                await self._read(flying)
                self._reached = self._run.clock.monotonic()
        except ApiKeyRefusedError:
            raise
        except ApiError as error:
            if self._run.clock.monotonic() - self._reached > OUTAGE_SECONDS:
                raise
            logger.warning("The API did not answer, this run keeps trying: %s", error)
        left = set(map(self._key, self._look()))
        total, seconds = len(self._sent | left), self._run.clock.monotonic() - self._began
        self._run.report(self._lately.progress(total - len(left), total, seconds, self._noun))
        return len(left)

    def _look(self) -> Sequence[T]:
        flying = self._in_flight()
        self._sent.update(self._key(each) for each in flying if self._is_sent(each))
        return flying

    async def _sleep(self, seconds: float) -> None:
        clock = self._run.clock
        until = clock.monotonic() + seconds
        while not self._run.stop.is_set() and clock.monotonic() < until:
            await clock.sleep(min(STOP_LOOK_SECONDS, until - clock.monotonic()))
