"""What a run is about to buy, told before the first purchase."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from saber_pipeline.planning.plan import Plan, Status


@dataclass(frozen=True)
class PlannedPurchases(ABC):
    """``buys`` are bought at ``price`` credits each, unless the balance or a limit stops the run.

    ``balance`` is None where nothing is to be bought, so that the API was not asked.
    """

    sentence: ClassVar[str]
    words: ClassVar[Mapping[str, str]] = {}  # what ``others`` are called, where that is not their own name

    buys: int
    price: Decimal
    balance: int | None

    @property
    @abstractmethod
    def asked(self) -> int:
        """Everything that the run is about."""

    @property
    @abstractmethod
    def others(self) -> Mapping[str, int]:
        """What is not bought, by status."""

    @property
    def credits(self) -> Decimal:
        """What it costs."""
        return self.buys * self.price

    @property
    def reserve(self) -> str:
        """What may be bought besides, in the sentence."""
        return ""

    def __str__(self) -> str:
        others = ", ".join(
            f"{count:,} {self.words.get(status, status.replace('_', ' '))}" for status, count in self.others.items()
        )
        balance = "" if self.balance is None else f" The balance is {self.balance:,}."
        bought = self.sentence.format(asked=f"{self.asked:,}", buys=f"{self.buys:,}", credits=f"{self.credits:,f}")
        return f"{bought}{self.reserve}.{f' The others: {others}.' if others else ''}{balance}"


@dataclass(frozen=True)
class PlannedRun(PlannedPurchases):
    """The plan of a run of answers as it is carried out: without the questions whose budget of the month is used up.

    ``balance`` is None where nothing is to be bought or collected.
    """

    sentence = "Of {asked} pairs, {buys} are to be bought for {credits} credits"

    plan: Plan

    @property
    def asked(self) -> int:
        """The pairs of the selection."""
        return self.plan.asked

    @property
    def others(self) -> Mapping[str, int]:
        """Pairs that are not due, by status."""
        totals = self.plan.totals
        return {status.value: totals[status] for status in Status if totals[status] and status is not Status.DUE}

    @property
    def credits_at_most(self) -> Decimal:
        """What it costs if every pair that waits for answers of the run is bought, too."""
        return (self.buys + self.plan.totals[Status.WAITING]) * self.price

    @property
    def reserve(self) -> str:
        """The pairs that wait for answers of the run."""
        waits = self.plan.totals[Status.WAITING]
        return f", at most {self.credits_at_most:,f} with those that wait" if waits else ""
