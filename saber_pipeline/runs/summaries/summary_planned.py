"""What a run over summaries is about to ask for, told before it asks for any of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

SHOWN = {
    "completed": "summed up",
    "processing": "being summed up",
    "failed": "failed",
    "missing": "without a summary",
}
"""States of a company's summary, in the order and the words of a sentence."""


@dataclass(frozen=True)
class PlannedSummaries:
    """Which state each company is in once everything at Saber has been read, and about how many Saber is asked.

    ``asks`` companies, all of them among ``missing``, are asked about. What one costs is not public: ``price`` is what
    one cost last, or a signal's price before that was ever seen. ``balance`` is None where nothing is asked for.
    """

    states: Counter[str]
    asks: int
    price: Decimal
    balance: int | None

    @property
    def companies(self) -> int:
        """The companies of the lists."""
        return self.states.total()

    @property
    def credits(self) -> Decimal:
        """What it costs, if one costs what one cost last."""
        return self.asks * self.price

    @property
    def others(self) -> dict[str, int]:
        """Companies about which nothing is asked. The missing among them were asked about lately, or never are."""
        left = self.states - Counter({"missing": self.asks})
        return {state: left[state] for state in SHOWN if left[state]}

    def __str__(self) -> str:
        others = ", ".join(f"{count:,} {SHOWN[state]}" for state, count in self.others.items())
        balance = "" if self.balance is None else f" The balance is {self.balance:,}."
        return (
            f"Of {self.companies:,} companies, {self.asks:,} are to be summed up for about {self.credits:,f} credits."
            f"{f' The others: {others}.' if others else ''}{balance}"
        )
