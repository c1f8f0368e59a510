"""The request for a run over summaries, and its result."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from saber_pipeline.errors import PipelineError
from saber_pipeline.planning.balance import Balances
from saber_pipeline.purchasing.purchaser import Tally
from saber_pipeline.warehouse.publish import PublishSummary


@dataclass(frozen=True)
class SummariesRequest:
    """One run over the domains of ``lists`` (of all lists, without any)."""

    run_id: str
    lists: tuple[str, ...] = ()
    request_missing: bool = False
    max_wait_minutes: float = 30.0


@dataclass
class Asked(Tally, Balances):
    """The outcomes of the requests for missing summaries, by domain, and what they cost."""

    made: set[str] = field(default_factory=set)
    running: set[str] = field(default_factory=set)
    nothing: set[str] = field(default_factory=set)
    unknown: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SummariesResult:
    """A finished run. Every domain is in exactly one of the counts from ``completed`` to ``missing``."""

    domains: int
    completed: int
    processing: int
    failed: int
    missing: int
    read: int  # summaries that were new or had changed
    unproven: dict[str, str]  # why the summaries of a company could not be read whole; none was requested for it
    asked: Asked
    publication: PublishSummary
    requests: Counter[str]
    seconds: float
    stopped_by: PipelineError | None = None

    @property
    def stopped_because(self) -> str:
        """Why it stopped, what was requested, and what to do; of a run that was stopped."""
        posts = self.asked.posts
        cost = f"{posts:,} summaries were requested" if posts else "No summary was requested"
        again = ": it does not repeat any request" if posts else ""
        return (
            f"{self.stopped_by} {cost}, and everything that has arrived is in answers.duckdb ({self}). Once the cause "
            f"is gone, start the same run again{again}."
        )

    def __str__(self) -> str:
        return (
            f"{self.domains:,} companies = {self.completed:,} summed up + {self.processing:,} being summed up + "
            f"{self.failed:,} failed + {self.missing:,} without a summary"
        )
