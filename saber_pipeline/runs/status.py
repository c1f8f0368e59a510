"""Where things stand between runs: what is on its way, what is undecided, what waits for credits."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.subject_kinds import SubjectKind
from saber_pipeline.config.settings import Settings
from saber_pipeline.ledger.balances import balances_since
from saber_pipeline.ledger.deferrals import Deferral, deferrals
from saber_pipeline.ledger.linkedin_connection import LinkedInSeen, linkedin_seen
from saber_pipeline.ledger.purchases import Submission, submissions_in
from saber_pipeline.ledger.research_status import ResearchStatus, read_research_status
from saber_pipeline.ledger.runs import Worker, live_runs, workers
from saber_pipeline.ledger.store import Ledger, get_value
from saber_pipeline.ledger.tables import SubmissionState
from saber_pipeline.planning.monthly_budget import MonthBudget, read_month
from saber_pipeline.runs.forecast import BalanceSeen, Forecast, forecast
from saber_pipeline.runs.in_flight import InFlight, is_anything_sent, read_in_flight


@dataclass(frozen=True)
class LedgerStatus:
    """What the ledger says. ``undecided`` are purchases of which nobody knows yet whether they took place.

    ``address`` is the API that the data directory belongs to, None before its first purchase. ``newest_balance``
    is the last one seen, however old. ``researches`` are those of contacts. ``linkedin`` is None where nobody had to
    look.
    """

    address: str | None = None
    undecided: tuple[Submission, ...] = ()
    deferrals: tuple[Deferral, ...] = ()
    live_runs: frozenset[str] = frozenset()
    workers: tuple[Worker, ...] = ()
    newest_balance: BalanceSeen | None = None
    forecast: Forecast | None = None
    researches: ResearchStatus = field(default_factory=ResearchStatus)
    month: MonthBudget | None = None
    linkedin: LinkedInSeen | None = None
    has_pairs_in_flight: bool = False

    @property
    def signals_undecided(self) -> int:
        """Signals that may have been bought."""
        return sum(purchase.signals for purchase in self.undecided)


@dataclass(frozen=True)
class ProjectStatus:
    """What the ledger says, and what of it is about which lists and questions."""

    ledger: LedgerStatus = field(default_factory=LedgerStatus)
    in_flight: Mapping[SubjectKind, InFlight] = field(default_factory=dict)

    @property
    def out_of_reach(self) -> int:
        """Pairs in flight of lists or questions that are no more."""
        return sum(look.out_of_reach for look in self.in_flight.values())


def read_ledger_status(settings: Settings, questions: Iterable[Question] = ()) -> LedgerStatus:
    """Read the ledger; an empty look where there is none. Writes nothing.

    ``questions`` are those whose budgets of the month count.

    Raises:
        StorageError: it cannot be read.
    """
    file = DataPaths.of(settings).ledger
    now = time.time()
    with closing(Ledger.open_to_read(file)) as ledger, ledger.reading() as connection:
        live = live_runs(connection, lease_seconds=settings.lease_seconds)
        balances = [BalanceSeen(*row) for row in balances_since(connection, 0.0)]
        open_ones = submissions_in(connection, [SubmissionState.INTENDED, SubmissionState.UNKNOWN])
        return LedgerStatus(
            address=get_value(connection, "base_url"),
            # What a living run is sending just now will be decided by its reply.
            undecided=tuple(
                each for each in open_ones if each.state is SubmissionState.UNKNOWN or each.run_id not in live
            ),
            deferrals=tuple(deferrals(connection)),
            live_runs=live,
            workers=tuple(workers(connection, live)),
            newest_balance=balances[-1] if balances else None,
            forecast=forecast(balances, now=now),
            researches=read_research_status(connection, live),
            month=read_month(connection, settings, questions, now=datetime.fromtimestamp(now, tz=UTC)),
            linkedin=linkedin_seen(connection),
            has_pairs_in_flight=is_anything_sent(connection),
        )


def read_status(
    settings: Settings, questions: Iterable[Question], lists: Mapping[SubjectKind, Collection[str]]
) -> ProjectStatus:
    """Where these questions and lists stand. Asks the API nothing.

    Raises:
        StorageError: the ledger or the lists cannot be read.
    """
    questions = tuple(questions)
    keys = {question.question_id: question.key for question in questions}
    ledger = read_ledger_status(settings, questions)
    if not ledger.has_pairs_in_flight:
        return ProjectStatus(ledger, dict.fromkeys(lists, InFlight()))
    in_flight = {kind: read_in_flight(settings, kind, keys, names) for kind, names in lists.items()}
    return ProjectStatus(ledger, in_flight)
