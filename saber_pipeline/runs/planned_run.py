"""What a run is about to do, told before it does any of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from saber_pipeline.planning.plan import Plan, Status


@dataclass(frozen=True)
class PlannedRun:
    """The plan as it is carried out: without the questions whose budget of the month is used up.

    ``buys`` pairs are bought at ``price`` credits each, unless the balance or a limit stops the run. ``balance`` is
    None where nothing is to be bought or collected, so that the API was not asked.
    """

    plan: Plan
    buys: int
    price: Decimal
    balance: int | None

    @property
    def credits(self) -> Decimal:
        """What it costs."""
        return self.buys * self.price

    @property
    def credits_at_most(self) -> Decimal:
        """What it costs if every pair that waits for answers of the run is bought, too."""
        return (self.buys + self.plan.totals[Status.WAITING]) * self.price

    def __str__(self) -> str:
        totals = self.plan.totals
        others = ", ".join(
            f"{totals[status]:,} {status.value.replace('_', ' ')}"
            for status in Status
            if totals[status] and status is not Status.DUE
        )
        waiting = f", at most {self.credits_at_most:,f} with those that wait" if totals[Status.WAITING] else ""
        balance = "" if self.balance is None else f" The balance is {self.balance:,}."
        return (
            f"Of {self.plan.asked:,} pairs, {self.buys:,} are to be bought for {self.credits:,f} credits"
            f"{waiting}.{f' The others: {others}.' if others else ''}{balance}"
        )
