"""What a run is asked to do, and what it says when it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from saber_pipeline.api.company_signals import COUNTING
from saber_pipeline.errors import PipelineError
from saber_pipeline.ledger.purchases import Submission
from saber_pipeline.ledger.tables import SubmissionState
from saber_pipeline.planning.balance import PricedSpending
from saber_pipeline.planning.plan import Plan, Selection, Status
from saber_pipeline.purchasing.result import Submitted
from saber_pipeline.runs.accuracy import Accuracy
from saber_pipeline.runs.highlights import Highlights
from saber_pipeline.runs.limits import LimitedRequest
from saber_pipeline.runs.outcomes import Outcome, PairOutcomes
from saber_pipeline.runs.sample_page import SamplePage
from saber_pipeline.warehouse.publish import PublishSummary

PRICE_TOLERANCE = Decimal("0.05")
"""Somebody who looks up a company or two during a run of thousands does not mean another price."""


@dataclass(frozen=True)
class RunRequest(LimitedRequest):
    """One run over a selection. ``generate_summary`` asks Saber to sum each company up when its batch is complete."""

    selection: Selection
    generate_summary: bool = False


@dataclass
class Spending(PricedSpending):
    """What a run bought, over all its rounds of buying. ``undecided``: signals by submission id."""

    signals_bought: int = 0
    signals_refused: int = 0
    signals_failed_for_credits: int = 0
    posts: int = 0
    undecided: dict[str, int] = field(default_factory=dict)
    taken_over: int = 0  # pairs that another run had claimed

    def add(self, submitted: Submitted) -> None:
        """Count what one round of submitting brought."""
        self.signals_bought += submitted.sent
        self.undecided |= submitted.unknown
        self.signals_refused += submitted.refused
        self.posts += submitted.posts

    def decide(self, submissions: Iterable[Submission]) -> None:
        """Count what is known by now of purchases whose reply was lost."""
        for submission in submissions:
            if submission.state is not SubmissionState.UNKNOWN and submission.submission_id in self.undecided:
                signals = self.undecided.pop(submission.submission_id)
                self.signals_bought += signals if submission.state is not SubmissionState.REFUSED else 0

    @property
    def signals_unknown(self) -> int:
        """Signals that may have been bought."""
        return sum(self.undecided.values())

    @property
    def price_seen(self) -> Decimal | None:
        """Credits that a signal of this run has cost, as far as nothing else explains them; None where none did."""
        if self.credits_spent is None or not self.signals_bought or self.signals_unknown:
            return None
        return max(Decimal(0), self.credits_spent - self.spent_elsewhere) / self.signals_bought

    @property
    def credits_beyond_price(self) -> Decimal:
        """Credits that the balance fell by more than the configured price and other runs make it.

        0 where nothing was bought, where it is not known, and where it is so little that it need not be the price.
        """
        if self.price_seen is None or self.estimate is None:
            return Decimal(0)
        agreed = self.signals_bought * self.estimate.price
        excess = self.signals_bought * self.price_seen - agreed
        return excess if excess > PRICE_TOLERANCE * agreed else Decimal(0)


_BOUGHT = (Outcome.ANSWERED, Outcome.NOT_KNOWN, Outcome.FAILED, Outcome.NOT_FINISHED)


@dataclass(frozen=True)
class RunResult:
    """A finished run. ``stopped_by`` is why it could not do all that was asked, None when it did."""

    plan: Plan
    outcomes: PairOutcomes
    spending: Spending
    requests: Counter[str]
    seconds: float
    publication: PublishSummary
    highlights: Highlights
    answers_file: Path
    columns: Mapping[str, Sequence[tuple[str, str, str | None]]]  # of the questions' views
    stopped_by: PipelineError | None = None
    batches_open: tuple[str, ...] = ()
    broken_lists: Mapping[str, str] = field(default_factory=dict)  # why they could not be read
    sample_page: SamplePage | None = None
    accuracy: Mapping[str, Accuracy] = field(default_factory=dict)  # of the questions that expect one
    subjects: Mapping[str, int] = field(default_factory=dict)  # in each list
    purchased: Mapping[tuple[str, str], int] | None = None  # by partition, where runs bought for each other

    def bought_of(self, partition: tuple[str, str]) -> int:
        """Pairs of a list and question that this run bought; one that stands in two lists counts in both.

        Those are the pairs with an outcome that was neither known before nor on its way, refused or held back. Where
        other runs bought some of them, or this one some of theirs, it is what the ledger says of this run, each pair
        in one list.
        """
        if self.purchased is not None:
            return self.purchased.get(partition, 0)
        counts = self.outcomes.by_partition.get(partition, Counter())
        before = (Status.NOT_KNOWN, Status.FAILED, Status.IN_FLIGHT)
        known = sum(
            row.pairs
            for row in self.plan.rows
            if (row.list_name, row.question_key) == partition and row.status in before
        )
        return max(0, sum(counts[outcome] for outcome in _BOUGHT) - known)

    @property
    def stopped_because(self) -> str:
        """Why it stopped, what that cost, and what to do; of a run that was stopped."""
        bought, unknown = self.spending.signals_bought, self.spending.signals_unknown
        parts = [f"{bought:,} signals were bought"] * bool(bought)
        parts += [f"{unknown:,} signals may have been bought"] * bool(unknown)
        again = ": what was bought is not bought again" if parts else ""
        return (
            f"{self.stopped_by} {', '.join(parts) or 'Nothing was bought'}, and everything that has arrived is in "
            f"answers.duckdb ({self.outcomes}). Once the cause is gone, start the same run again{again}."
        )

    @property
    def signals_received(self) -> int:
        """Pairs that this run got an outcome for from the API."""
        received = (Outcome.ANSWERED, Outcome.NOT_KNOWN, Outcome.FAILED)
        known_before = sum(self.plan.totals[status] for status in (Status.NOT_KNOWN, Status.FAILED))
        return sum(self.outcomes.totals[outcome] for outcome in received) - known_before

    @property
    def polling_requests(self) -> int:
        """Requests that only asked how far the API is; every other one read signals, or bought some."""
        return self.requests[COUNTING] + self.requests["get_signal_batch_status"]
