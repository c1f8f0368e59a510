"""What a run over summaries is about to request, told before the first request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from saber_pipeline.runs.planned_run import PlannedPurchases


@dataclass(frozen=True)
class PlannedSummaries(PlannedPurchases):
    """The state of each company's summary once everything at Saber has been read, and the requests of the run.

    The ``buys`` companies are all among the missing. What a summary costs is not public: ``price`` is what one cost
    last, or a signal's price before that was ever seen.
    """

    sentence = "Of {asked} companies, {buys} are to be summed up for about {credits} credits"
    words: ClassVar[Mapping[str, str]] = {
        "completed": "summed up",
        "processing": "being summed up",
        "failed": "failed",
        "missing": "without a summary",
    }

    states: Counter[str]

    @property
    def asked(self) -> int:
        """The companies of the lists."""
        return self.states.total()

    @property
    def others(self) -> Mapping[str, int]:
        """Companies whose summary is not requested. The missing ones were asked about lately, or never are."""
        left = self.states - Counter({"missing": self.buys})
        return {state: left[state] for state in self.words if left[state]}
