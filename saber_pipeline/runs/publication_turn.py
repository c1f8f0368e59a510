"""When several runs finish together, one of them publishes for all: at most every SABER_PUBLISH_SECONDS.

A run that finishes sooner after a publication waits. Then it publishes what all have landed by that time, or finds that
another run has published its answers, and ends. No run ends before that.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from saber_pipeline.ledger.dialect import clock as ledger_clock
from saber_pipeline.ledger.publications import draw_number, is_published, published_at
from saber_pipeline.runs.interruptions import run_interruptible

if TYPE_CHECKING:
    from saber_pipeline.api.clock import Clock
    from saber_pipeline.ledger.store import Ledger

logger = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""While it waits, a run looks so often whether its answers are published."""


class PublicationTurn:
    """For one run that has landed everything. Without ``every_seconds`` it is always its turn, and nothing is noted."""

    def __init__(self, ledger: Ledger, clock: Clock, every_seconds: float) -> None:
        self._ledger = ledger
        self._clock = clock
        self._every_seconds = every_seconds
        self._number = 0
        self._seen: float | None = None  # the publication that it waits behind …
        self._due_at = clock.monotonic()  # … and until when
        if every_seconds:
            with ledger.transaction() as connection:
                self._number = draw_number(connection)

    def wait(self) -> None:
        """Until a publication is due, or another run has made it. Time is the run's clock."""
        left = self._seconds_left()
        if left:
            logger.info(
                "Answers were published a moment ago. This run waits %.0f s at most, so that one publication has the "
                "answers of all runs that finish meanwhile (SABER_PUBLISH_SECONDS).",
                left,
            )
            run_interruptible(self._wait())

    def is_others(self) -> bool:
        """Whether another run has published this one's answers. Ask it with the warehouse at hand."""
        if not self._every_seconds:
            return False
        with self._ledger.reading() as connection:
            return is_published(connection, self._number)

    def is_due(self) -> bool:
        """Whether no publication was made since it waited. Ask it with the warehouse at hand."""
        return not self._seconds_left()

    async def _wait(self) -> None:
        while left := self._seconds_left():
            await self._clock.sleep(min(left, LOOK_SECONDS))

    def _seconds_left(self) -> float:
        """Until a publication is due; 0 where the answers are published, too."""
        if not self._every_seconds:
            return 0.0
        with self._ledger.reading() as connection:
            if is_published(connection, self._number):
                return 0.0
            newest, now = published_at(connection), ledger_clock(connection)
        if newest is not None and newest != self._seen:
            age = max(0.0, now - newest)  # a machine's clock can go backwards
            self._seen, self._due_at = newest, self._clock.monotonic() + max(0.0, self._every_seconds - age)
        return max(0.0, self._due_at - self._clock.monotonic())
