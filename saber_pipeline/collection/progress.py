"""How far a run has come."""

from __future__ import annotations

from dataclasses import dataclass

MINUTE_SECONDS, HOUR_SECONDS = 60, 3600


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` pairs (or what ``noun`` says) have an outcome, ``seconds`` after following began."""

    done: int
    total: int
    seconds: float
    noun: str = "pairs"

    @property
    def rate_per_minute(self) -> float:
        """Outcomes per minute so far."""
        return MINUTE_SECONDS * self.done / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """What the rest takes at this rate; None before the first outcome."""
        return (self.total - self.done) * self.seconds / self.done if self.done else None

    def __str__(self) -> str:
        text = f"{self.done:,} of {self.total:,} {self.noun} done"
        if self.seconds_left is None or self.done == self.total:
            return f"{text} after {_duration(self.seconds)}"
        return f"{text}, {self.rate_per_minute:,.0f} a minute, about {_duration(self.seconds_left)} left"


def _duration(seconds: float) -> str:
    if seconds < 1.5 * MINUTE_SECONDS:
        return f"{seconds:.0f} s"
    if seconds < 1.5 * HOUR_SECONDS:
        return f"{seconds / MINUTE_SECONDS:.0f} min"
    return f"{seconds / HOUR_SECONDS:.1f} h"
