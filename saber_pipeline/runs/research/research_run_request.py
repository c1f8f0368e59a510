"""The request for a run of contact research, and its result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from saber_pipeline.errors import PipelineError
from saber_pipeline.planning.balance import PricedSpending
from saber_pipeline.purchasing.purchaser import Tally
from saber_pipeline.runs.limits import LimitedRequest
from saber_pipeline.warehouse.publish import PublishSummary

REFUSED_SHOWN = 10  # people


@dataclass(frozen=True)
class ResearchRequest(LimitedRequest):
    """One run over research lists; no ``lists`` means all of them.

    ``collect_only`` purchases and adopts nothing, reads no list, and follows research in flight: for the people in
    ``lists``, or for everyone if there are none.
    """

    lists: tuple[str, ...] = ()
    force_refresh: bool = False
    retry_unknown: bool = False


class ResearchOutcome(StrEnum):
    """The outcome of a person. Each person in the lists has exactly one."""

    OWNED = "owned"  # researched before this run
    RESEARCHED = "researched"
    ADOPTED = "adopted"  # found at Saber by the external id, for nothing
    FAILED = "failed"
    UNKNOWN = "unknown"  # the reply to the purchase was lost: it may have been paid
    NOT_FINISHED = "not_finished"
    REFUSED = "refused"
    UNACCOUNTED = "unaccounted"  # must not happen: the completeness check is red


@dataclass
class Sent(Tally):
    """What sending brought, by person."""

    bought: set[str] = field(default_factory=set)
    unknown: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    failed_for_credits: set[str] = field(default_factory=set)
    lacked_credits: set[str] = field(default_factory=set)  # people of ``refused`` whose research a top-up pays for

    @property
    def attempted(self) -> int:
        """People whose research was purchased, or may have been."""
        return len(self.bought | self.unknown.keys())

    def lack_credits(self, reasons: Mapping[str, str]) -> None:
        """The research of these people was not purchased for want of credits; ``reasons`` by person."""
        self.refused |= reasons
        self.lacked_credits |= reasons.keys()


@dataclass(frozen=True)
class ResearchResult:
    """A finished run. ``stopped_by`` is why it could not do all that was asked.

    ``unknown``: why the outcome of a purchase is unknown, by person, also of earlier runs. ``refused``: why this run
    could not purchase the research of a person.
    """

    outcomes: Counter[ResearchOutcome]
    by_list: Mapping[str, Counter[ResearchOutcome]]
    people: int
    rows: int
    rejected: int
    sent: Sent
    unknown: Mapping[str, str]
    refused: Mapping[str, str]
    spending: PricedSpending
    price: Decimal
    publication: PublishSummary
    requests: Counter[str]
    seconds: float
    stopped_by: PipelineError | None = None

    @property
    def adds_up(self) -> bool:
        """Promise 3: each person has an outcome, and the warehouse holds the results that the outcomes promise."""
        return self.outcomes[ResearchOutcome.UNACCOUNTED] == 0 and self.outcomes.total() == self.people

    @property
    def stopped_because(self) -> str:
        """Why it stopped, what that cost, and what to do; of a run that was stopped."""
        bought = len(self.sent.bought - self.sent.failed_for_credits)
        cost = f"Research on {bought:,} people was purchased" if bought else "Nothing was purchased"
        again = ": it does not repeat any purchase" if self.sent.attempted else ""
        named, more = list(self.refused)[:REFUSED_SHOWN], len(self.refused) - REFUSED_SHOWN
        refused = f" Refused: {', '.join(named)}{f' and {more:,} more' if more > 0 else ''}." if named else ""
        return (
            f"{self.stopped_by} {cost}, and everything that has arrived is in answers.duckdb ({self}).{refused} Once "
            f"the cause is gone, start the same run again{again}."
        )

    def __str__(self) -> str:
        shown = [f"{self.outcomes[o]:,} {o.value.replace('_', ' ')}" for o in ResearchOutcome if self.outcomes[o]]
        return f"{self.people:,} people asked for = {' + '.join(shown) or 'none'}"
