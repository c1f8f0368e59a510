"""The dry run of contact research: whose research a run would purchase, and the cost. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal

from saber_pipeline.api.client import SaberClient
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.settings import Settings
from saber_pipeline.ledger.known_people import identify_rows, read_registry
from saber_pipeline.ledger.research import ClaimRules, newest_purchases
from saber_pipeline.ledger.store import Ledger, check_address
from saber_pipeline.runs.clients import ask_for_balance
from saber_pipeline.runs.interruptions import run_interruptible
from saber_pipeline.runs.research.person_status import PersonStatus, PersonStatuses, statuses_of
from saber_pipeline.runs.research.research_lists import Selection, read_research_lists, select
from saber_pipeline.runs.research.research_run_request import ResearchRequest


@dataclass(frozen=True)
class ResearchPlan:
    """What a run would buy. ``balance`` is None without a key."""

    statuses: PersonStatuses
    selection: Selection
    price: Decimal
    balance: int | None

    @property
    def due(self) -> int:
        """The number of people whose research a run would purchase."""
        return self.statuses.counts[PersonStatus.DUE]

    @property
    def cost(self) -> Decimal:
        """Credits that takes, if no external id finds a research that exists."""
        return self.due * self.price

    def __str__(self) -> str:
        counts = ", ".join(f"{self.statuses.counts[s]:,} {s.value.replace('_', ' ')}" for s in PersonStatus)
        text = (
            f"Dry run, nothing was spent: of {len(self.selection.people):,} people ({counts}) a run would research "
            f"{self.due:,} for {self.cost:,f} credits"
        )
        known = sum(self.selection.people[key].has_external_id for key in self.statuses.those(PersonStatus.DUE))
        if known:
            text += f", less those that Saber already knows by one of {known:,} external ids"
        if self.balance is None:
            return f"{text}; the balance is not known without SABER_API_KEY."
        enough = "" if self.cost <= self.balance else ", which is not enough: the run would stop and purchase nothing"
        return f"{text}; the balance is {self.balance:,}{enough}."


def plan_research(
    request: ResearchRequest, settings: Settings, *, new_client: Callable[[], SaberClient] | None
) -> ResearchPlan:
    """The plan alone, with the balance where there is a key. Writes nothing, and buys nothing."""
    paths = DataPaths.of(settings)
    rows = read_research_lists(paths, request.lists)
    with closing(Ledger.open_to_read(paths.ledger)) as ledger:
        with ledger.reading() as connection:
            check_address(connection, settings.base_url)
            selection = select(identify_rows(read_registry(connection), rows))
            found = newest_purchases(connection, selection.people, with_due=request.force_refresh)
        began = ledger.now()
    rules = ClaimRules(request.force_refresh, request.retry_unknown, began=began)
    balance = run_interruptible(ask_for_balance(new_client)) if new_client else None
    return ResearchPlan(statuses_of(found, selection.people, rules), selection, settings.credits_per_signal, balance)
