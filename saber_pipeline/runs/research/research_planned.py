"""What a research run is about to purchase, told before the first purchase."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.runs.planned_run import PlannedPurchases
from saber_pipeline.runs.research.person_status import PersonStatus, PersonStatuses

if TYPE_CHECKING:
    from saber_pipeline.runs.research.research_state import ResearchRun


@dataclass(frozen=True)
class PlannedResearch(PlannedPurchases):
    """The status of each person, after adopting research that exists at Saber, and the purchases of the run."""

    sentence = "Of {asked} people, {buys} are to be researched for {credits} credits"

    statuses: Counter[PersonStatus]
    by_list: Mapping[str, Counter[PersonStatus]]

    @property
    def asked(self) -> int:
        """The number of people in the lists, each counted once."""
        return self.statuses.total()

    @property
    def others(self) -> Mapping[str, int]:
        """The people whose research is not purchased; those who are due among them are left to other runs."""
        left = self.statuses - Counter({PersonStatus.DUE: self.buys})
        return {status.value: left[status] for status in PersonStatus if left[status]}


def planned_research(run: ResearchRun, statuses: PersonStatuses, *, buys: int) -> PlannedResearch:
    """The plan of ``run``, which has claimed ``buys`` people."""
    by_list: defaultdict[str, Counter[PersonStatus]] = defaultdict(Counter)
    for person_id, status in statuses.of.items():
        for name in run.selection.lists_of[person_id]:
            by_list[name][status] += 1
    price, balance = run.settings.credits_per_signal, run.spending.balance_before
    return PlannedResearch(buys, price, balance, statuses.counts, by_list)
