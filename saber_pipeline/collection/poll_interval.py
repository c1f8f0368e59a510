"""The interval between polls: seconds at first, minutes in a long run, adapted to how fast answers complete."""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST_SECONDS = 1.0
LONGEST_SECONDS = 45.0
LONGEST_SHARE = 1 / 8
LONGEST_OF_ALL_SECONDS = 300.0
"""The longest interval is 45 s, or an eighth of the time since the run began, but never more than 5 minutes."""

GROWTH = 1.5
ROWS_PER_POLL = 400
"""A poll should find several pages of rows, or polling costs more than reading."""


@dataclass
class PollInterval:
    """The time between two polls. ``seconds`` is the current interval."""

    seconds: float = SHORTEST_SECONDS

    def adapt(self, *, settled: int, remaining: int, elapsed_seconds: float, under_way_seconds: float = 0.0) -> None:
        """Adapt to the ``settled`` pairs of the last poll, ``elapsed_seconds`` after the poll before it.

        ``under_way_seconds``: the time since the run began to poll.
        """
        longest = min(max(LONGEST_SECONDS, LONGEST_SHARE * under_way_seconds), LONGEST_OF_ALL_SECONDS)
        longer = min(longest, self.seconds * GROWTH)
        if settled == 0 or elapsed_seconds <= 0:
            self.seconds = longer
            return
        rate = settled / elapsed_seconds
        wanted = min(ROWS_PER_POLL, remaining) / rate
        self.seconds = max(SHORTEST_SECONDS, min(wanted, longer))
