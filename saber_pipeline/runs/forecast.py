"""When the credits end if they go on being spent as they were lately."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

SECONDS_PER_DAY = 86_400.0
WINDOW_DAYS = 7.0


class BalanceSeen(NamedTuple):
    """A balance that was read from the API; ``observed_at`` in seconds since 1970."""

    observed_at: float
    remaining_credits: int


@dataclass(frozen=True)
class Forecast:
    """``credits_spent`` over ``days`` days, and what that means for ``remaining_credits``."""

    remaining_credits: int
    credits_spent: int
    days: float

    @property
    def credits_per_day(self) -> float:
        """Spending, averaged."""
        return self.credits_spent / self.days

    @property
    def days_left(self) -> float | None:
        """Days until the credits end; None where nothing was spent, so that no end is in sight."""
        return self.remaining_credits / self.credits_per_day if self.credits_spent else None

    def __str__(self) -> str:
        if self.days_left is None:
            return "the balance has not fallen lately"
        return (
            f"{self.credits_spent:,} credits spent in the last {self.days:.1f} days; at this rate they end in "
            f"{self.days_left:,.1f} days"
        )


def forecast(balances: Iterable[BalanceSeen], *, now: float) -> Forecast | None:
    """Forecast from the balances seen in the last 7 days; None where there was none.

    Only falls count as spending: a balance that rises was topped up, which says nothing about spending.
    One busy hour after the first look is averaged over a day, not taken for how every hour goes.
    """
    recent = sorted(seen for seen in balances if now - WINDOW_DAYS * SECONDS_PER_DAY <= seen.observed_at <= now)
    if not recent:
        return None
    spent = sum(max(0, before.remaining_credits - after.remaining_credits) for before, after in pairwise(recent))
    days = max(1.0, (now - recent[0].observed_at) / SECONDS_PER_DAY)
    return Forecast(recent[-1].remaining_credits, spent, days)
