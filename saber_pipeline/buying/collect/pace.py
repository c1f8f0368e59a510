"""How often to look: seconds at first, tens of seconds later, as fast as answers complete."""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST_SECONDS = 1.0
LONGEST_SECONDS = 45.0
GROWTH = 1.4
ROWS_PER_LOOK = 400
"""A look should find some pages of rows: fewer make polling cost more than reading."""


@dataclass
class Pace:
    """The time between two looks. ``seconds`` is the one to wait now."""

    seconds: float = SHORTEST_SECONDS

    def after_look(self, *, settled: int, remaining: int, elapsed_seconds: float) -> None:
        """Adapt to what the last look brought in ``elapsed_seconds`` since the one before it."""
        longer = min(LONGEST_SECONDS, self.seconds * GROWTH)
        if settled == 0 or elapsed_seconds <= 0:
            self.seconds = longer
            return
        rate = settled / elapsed_seconds
        wanted = min(ROWS_PER_LOOK, remaining) / rate
        self.seconds = max(SHORTEST_SECONDS, min(wanted, longer))
