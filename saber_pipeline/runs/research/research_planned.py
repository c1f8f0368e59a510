"""What a research run is about to do, told before it does any of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from saber_pipeline.runs.research.person_status import PersonStatus, PersonStatuses

if TYPE_CHECKING:
    from saber_pipeline.runs.research.research_state import ResearchRun


@dataclass(frozen=True)
class PlannedResearch:
    """The standing of each person, after adopting research that exists at Saber, and the purchases of the run.

    ``buys`` people are bought at ``price`` credits each, unless the balance or a limit stops the run. ``balance`` is
    None where nobody is to be bought, so that it was not asked for.
    """

    statuses: Counter[PersonStatus]
    by_list: Mapping[str, Counter[PersonStatus]]
    buys: int
    price: Decimal
    balance: int | None

    @property
    def people(self) -> int:
        """The number of people in the lists, each counted once."""
        return self.statuses.total()

    @property
    def credits(self) -> Decimal:
        """What it costs."""
        return self.buys * self.price

    @property
    def others(self) -> dict[PersonStatus, int]:
        """Who is not bought. Those who are due and yet among them are left to another run, or only collected."""
        left = self.statuses - Counter({PersonStatus.DUE: self.buys})
        return {status: left[status] for status in PersonStatus if left[status]}

    def __str__(self) -> str:
        others = ", ".join(f"{count:,} {status.value.replace('_', ' ')}" for status, count in self.others.items())
        balance = "" if self.balance is None else f" The balance is {self.balance:,}."
        return (
            f"Of {self.people:,} people, {self.buys:,} are to be researched for {self.credits:,f} credits."
            f"{f' The others: {others}.' if others else ''}{balance}"
        )


def planned_research(run: ResearchRun, statuses: PersonStatuses, *, buys: int) -> PlannedResearch:
    """The plan of ``run``, which has claimed ``buys`` people."""
    by_list: defaultdict[str, Counter[PersonStatus]] = defaultdict(Counter)
    for person_id, status in statuses.of.items():
        for name in run.selection.lists_of[person_id]:
            by_list[name][status] += 1
    return PlannedResearch(statuses.counts, by_list, buys, run.settings.credits_per_signal, run.spending.balance_before)
