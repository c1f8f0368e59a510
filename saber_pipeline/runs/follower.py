"""What a run follows to its end, read again and again: until nothing is in flight, the time is up, or a Ctrl-C."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
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


@dataclass
class Follower(Generic[T]):
    """Follows what ``in_flight`` lists for ``run``, whoever bought it, and whoever reads its end.

    ``read`` reads that once; ``noun`` names it; ``key`` tells one from another. What is in flight no more has ended,
    unless ``is_sent`` says that it was only claimed: that was given back.
    """

    run: PurchaseRun
    in_flight: Callable[[], Sequence[T]]
    read: Callable[[Sequence[T]], Awaitable[object]]
    noun: str
    key: Callable[[T], Hashable]
    is_sent: Callable[[T], bool] = lambda _: True
    _sent: set[Hashable] = field(default_factory=set, init=False)  # ever seen in flight, and sent
    _lately: Lately = field(default_factory=Lately, init=False)

    def __post_init__(self) -> None:
        self._began = self._reached = self.run.clock.monotonic()

    async def until(self, deadline: float) -> None:
        """Read until nothing is in flight any more, or the deadline, once at least; an interruption ends it at once.

        Raises:
            ApiError: the API was out of reach for longer than an outage may last, or refuses the key.
        """
        clock, interval = self.run.clock, PollInterval()
        if self.run.stop.is_set():
            return
        before = await self.poll_once()
        looked = clock.monotonic()
        while before and clock.monotonic() < deadline:
            await self._sleep(min(interval.seconds, max(0.0, deadline - clock.monotonic())))
            if self.run.stop.is_set():  # whoever interrupted waits for no more than what is under way
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
                await self.read(flying)
                self._reached = self.run.clock.monotonic()
        except ApiKeyRefusedError:
            raise
        except ApiError as error:
            if self.run.clock.monotonic() - self._reached > OUTAGE_SECONDS:
                raise
            logger.warning("The API did not answer, this run keeps trying: %s", error)
        left = set(map(self.key, self._look()))
        total, seconds = len(self._sent | left), self.run.clock.monotonic() - self._began
        self.run.report(self._lately.progress(total - len(left), total, seconds, self.noun))
        return len(left)

    def _look(self) -> Sequence[T]:
        flying = self.in_flight()
        self._sent.update(self.key(each) for each in flying if self.is_sent(each))
        return flying

    async def _sleep(self, seconds: float) -> None:
        clock = self.run.clock
        until = clock.monotonic() + seconds
        while not self.run.stop.is_set() and clock.monotonic() < until:
            await clock.sleep(min(STOP_LOOK_SECONDS, until - clock.monotonic()))
