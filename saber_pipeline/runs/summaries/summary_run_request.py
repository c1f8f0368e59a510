"""What a run over summaries is asked to do, and what it says when it is done."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from saber_pipeline.errors import PipelineError
from saber_pipeline.warehouse.publish import PublishSummary


@dataclass(frozen=True)
class SummariesRequest:
    """One run over the domains of ``lists`` (of all lists, without any)."""

    run_id: str
    lists: tuple[str, ...] = ()
    request_missing: bool = False
    max_wait_minutes: float = 30.0


@dataclass
class Asked:
    """What asking for missing summaries brought, in domains. ``stopped_by`` is why nothing more was asked."""

    made: set[str] = field(default_factory=set)
    running: set[str] = field(default_factory=set)
    nothing: set[str] = field(default_factory=set)
    unknown: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    posts: int = 0
    unknown_in_a_row: int = 0
    stopped_by: PipelineError | None = None
    balance_before: int | None = None
    balance_after: int | None = None

    @property
    def may_go_on(self) -> bool:
        """Whether more may be asked about."""
        return self.stopped_by is None

    @property
    def credits(self) -> int | None:
        """How far the balance fell meanwhile, whoever spent; None where nothing was asked."""
        if self.balance_before is None or self.balance_after is None:
            return None
        return self.balance_before - self.balance_after


@dataclass(frozen=True)
class SummariesResult:
    """A finished run. Every domain is in exactly one of the counts from ``completed`` to ``missing``."""

    domains: int
    completed: int
    processing: int
    failed: int
    missing: int
    read: int  # summaries that were new or had changed
    unproven: dict[str, str]  # companies whose summaries could not be read whole, and why; none was asked for there
    asked: Asked
    publication: PublishSummary
    requests: Counter[str]
    seconds: float
    stopped_by: PipelineError | None = None

    def __str__(self) -> str:
        return (
            f"{self.domains:,} companies = {self.completed:,} summed up + {self.processing:,} being summed up + "
            f"{self.failed:,} failed + {self.missing:,} without a summary"
        )
