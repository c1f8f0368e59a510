"""Time that passes faster, for runs and sandboxes alike: minutes of waiting take seconds."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class FastClock:
    """``speed`` seconds in one, since ``started_at`` (seconds since 1970). The same in every process."""

    started_at: float
    speed: float

    def seconds(self) -> float:
        """Seconds since 1970 by this clock."""
        return self.started_at + (time.time() - self.started_at) * self.speed

    def monotonic(self) -> float:
        return time.monotonic() * self.speed

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), tz=UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)
