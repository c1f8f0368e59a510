"""The number and timing of retries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random


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
