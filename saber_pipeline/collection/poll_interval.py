"""How often to poll: seconds at first, minutes in a long run, as fast as answers complete."""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST_SECONDS = 1.0
LONGEST_SECONDS = 45.0
LONGEST_SHARE = 1 / 8
LONGEST_OF_ALL_SECONDS = 300.0
"""A run waits up to 45 s, and in a long one up to an eighth of the time it has taken, but no longer than 5 minutes."""

GROWTH = 1.5
ROWS_PER_POLL = 400
"""A poll should find some pages of rows: fewer make polling cost more than reading."""


@dataclass
class PollInterval:
    """The time between two polls. ``seconds`` is the one to wait now."""

    seconds: float = SHORTEST_SECONDS

    def adapt(self, *, settled: int, remaining: int, elapsed_seconds: float, under_way_seconds: float = 0.0) -> None:
        """Adapt to what the last poll brought in ``elapsed_seconds`` since the one before it.

        ``under_way_seconds``: since the run began to poll.
        """
        longest = min(max(LONGEST_SECONDS, LONGEST_SHARE * under_way_seconds), LONGEST_OF_ALL_SECONDS)
        longer = min(longest, self.seconds * GROWTH)
        if settled == 0 or elapsed_seconds <= 0:
            self.seconds = longer
            return
        rate = settled / elapsed_seconds
        wanted = min(ROWS_PER_POLL, remaining) / rate
        self.seconds = max(SHORTEST_SECONDS, min(wanted, longer))
