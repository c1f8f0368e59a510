"""The fence before each transmission of a purchase: it is sent only while its row in the ledger is still its run's.

Between the intent and the bytes on the wire there may be minutes: a turn, a 429, a connection that has to be tried
again, a process that was suspended. Meanwhile another run may have found that this one is gone, shown that nothing of
the purchase is at the API, and bought it. So the ledger is asked right before each transmission, by every route. The
look counts only if it was quick by both clocks; a heartbeat that came late is renewed with it, so that nobody takes
the run for dead while the bytes leave.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from saber_pipeline.api.send_hook import before_each_send
from saber_pipeline.errors import PipelineError
from saber_pipeline.ledger.runs import IsOurs, heartbeat_age, renew
from saber_pipeline.ledger.store import Ledger

logger = logging.getLogger(__name__)

QUICK_PART = 0.1
"""The part of the lease that may pass, by either clock, between a look at the ledger and the transmission."""

LEAST_QUICK_SECONDS = 0.25
"""A look at a ledger that others are writing takes so long at times."""

LATE_PART = 0.5
"""The part of the lease after which a heartbeat is renewed by the look itself; a healthy run's is younger."""

LOOKS = 5


class NeverSentError(PipelineError):
    """A purchase is not this run's any more, or cannot be shown to be: it was not sent."""


@dataclass(frozen=True)
class Fence:
    """The fence of one run. The clocks are the machine's; tests hand in their own."""

    ledger: Ledger
    run_id: str
    lease_seconds: float
    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time

    @contextmanager
    def around(self, is_still_ours: IsOurs) -> Iterator[None]:
        """Within the block, nothing is sent unless ``is_still_ours`` says so right before.

        Raises:
            NeverSentError: it was not sent, not even once with an effect. The caller gives it back.
        """
        with before_each_send(lambda: self.check(is_still_ours)):
            yield

    def check(self, is_still_ours: IsOurs) -> None:
        """Look now. Raises NeverSentError."""
        quick_seconds = max(QUICK_PART * self.lease_seconds, LEAST_QUICK_SECONDS)
        for _ in range(LOOKS):
            began, began_wall = self.monotonic(), self.wall()
            with self.ledger.reading() as connection:
                is_ours = is_still_ours(connection)
                age = heartbeat_age(connection, self.run_id, now=began_wall)
            if is_ours and (age is None or abs(age) > LATE_PART * self.lease_seconds):
                with self.ledger.transaction() as connection:
                    is_ours = is_still_ours(connection)
                    renew(connection, self.run_id, now=self.wall())
            if not is_ours:
                raise NeverSentError(
                    "A purchase was not sent, because another run took it over while this one had not answered for "
                    "longer than its lease, or asks its question with other settings. It cost nothing here, and what "
                    "is still due is bought."
                )
            if self.monotonic() - began <= quick_seconds and abs(self.wall() - began_wall) <= quick_seconds:
                return
        raise NeverSentError(
            "A purchase was not sent, because this machine stood still or its clock jumped each time the ledger was "
            "asked whether it is still this run's. It cost nothing; its pairs are due again."
        )
