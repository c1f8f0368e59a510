"""The progress of a run, and its rate."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

MINUTE_SECONDS, HOUR_SECONDS = 60, 3600
MARK_SECONDS = 5.0


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` pairs (or other ``noun``) have an outcome, ``seconds`` after collecting began.

    ``done_before`` had one after ``seconds_before``. The rate is measured since then, because a run that begins with
    batches may continue with single creates.
    """

    done: int
    total: int
    seconds: float
    noun: str = "pairs"
    done_before: int = 0
    seconds_before: float = 0.0

    @property
    def rate_per_minute(self) -> float:
        """Outcomes per minute since ``seconds_before``."""
        lately = self.seconds - self.seconds_before
        return MINUTE_SECONDS * (self.done - self.done_before) / lately if lately > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """The time for the rest at this rate; None if the rate is zero."""
        rate = self.rate_per_minute
        return MINUTE_SECONDS * (self.total - self.done) / rate if rate > 0 else None

    def __str__(self) -> str:
        text = f"{self.done:,} of {self.total:,} {self.noun} done"
        if self.seconds_left is None or self.done == self.total:
            return f"{text} after {_duration(self.seconds)}"
        return f"{text}, {self.rate_per_minute:,.0f} a minute, about {_duration(self.seconds_left)} left"


class Lately:
    """Remembers a run's progress, so that its rate is measured over the last third of its time, at least a minute."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque([(0.0, 0)])

    def progress(self, done: int, total: int, seconds: float, noun: str = "pairs") -> Progress:
        """The current progress, with the rate."""
        while len(self._marks) > 1 and self._marks[1][0] <= seconds - max(MINUTE_SECONDS, seconds / 3):
            self._marks.popleft()
        seconds_before, done_before = self._marks[0]
        if seconds - self._marks[-1][0] >= MARK_SECONDS:
            self._marks.append((seconds, done))
        return Progress(done, total, seconds, noun, min(done, done_before), seconds_before)


def _duration(seconds: float) -> str:
    if seconds < 1.5 * MINUTE_SECONDS:
        return f"{seconds:.0f} s"
    if seconds < 1.5 * HOUR_SECONDS:
        return f"{seconds / MINUTE_SECONDS:.0f} min"
    return f"{seconds / HOUR_SECONDS:.1f} h"
