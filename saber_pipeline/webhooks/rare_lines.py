"""A log that whoever reaches the address cannot fill: a line of each kind a minute at most."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

SECONDS_BETWEEN = 60.0


@dataclass
class RareLines:
    """Says something of each kind at once, and then at most once a minute, with how often it happened meanwhile."""

    logger: logging.Logger
    now: Callable[[], float] = monotonic
    _said_at: dict[str, float] = field(default_factory=dict)
    _unsaid: dict[str, int] = field(default_factory=dict)

    def warn(self, line: str) -> None:
        """Log ``line``, one of a few that this program knows, or count it."""
        now = self.now()
        if line in self._said_at and now - self._said_at[line] < SECONDS_BETWEEN:
            self._unsaid[line] = self._unsaid.get(line, 0) + 1
            return
        self._said_at[line] = now
        unsaid = self._unsaid.pop(line, 0)
        self.logger.warning("%s%s", line, f" ({unsaid:,} more since the last such line)" if unsaid else "")
