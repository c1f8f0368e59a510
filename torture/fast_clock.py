"""Time that passes faster, for runs and sandboxes alike: minutes of waiting take seconds."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class FastClock:
    """``speed`` seconds in one, since ``started_at`` (seconds since 1970). The same in every process."""

    started_at: float
    speed: float
    jump_at: float = math.inf  # of the machine's clock, in seconds since 1970: its wall clock jumps then
    jump_seconds: float = 0.0

    def seconds(self) -> float:
        """Seconds since 1970 by this clock."""
        return self.started_at + (time.time() - self.started_at) * self.speed

    def monotonic(self) -> float:
        return time.monotonic() * self.speed

    def now(self) -> datetime:
        jumped = self.jump_seconds if time.time() >= self.jump_at else 0.0
        return datetime.fromtimestamp(self.seconds() + jumped, tz=UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)
