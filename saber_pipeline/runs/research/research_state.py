"""What the steps of one research run share."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cached_property

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.clock import Clock
from saber_pipeline.collection.progress import Progress
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.settings import Settings
from saber_pipeline.ledger.claims import free_claims
from saber_pipeline.ledger.research import ClaimRules, newest_purchases, open_purchases
from saber_pipeline.ledger.run_ids import attempt_id
from saber_pipeline.ledger.runs import live_runs
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.purchasing.price_watch import PriceWatch
from saber_pipeline.runs.research.person_status import PersonStatuses, statuses_of
from saber_pipeline.runs.research.research_lists import Selection
from saber_pipeline.runs.research.research_planned import PlannedResearch
from saber_pipeline.runs.research.research_run_request import ResearchRequest, ResearchSpending, Sent


@dataclass
class ResearchRun:
    """One run under way. ``stop`` is set when the person has interrupted it."""

    request: ResearchRequest
    settings: Settings
    ledger: Ledger
    clock: Clock
    new_client: Callable[[], SaberClient]
    report: Callable[[Progress], None]
    tell_plan: Callable[[PlannedResearch], None]
    selection: Selection
    began: float  # seconds since 1970, the machine's clock
    sent: Sent = field(default_factory=Sent)
    spending: ResearchSpending = field(default_factory=ResearchSpending)
    stop: threading.Event = field(default_factory=threading.Event)
    api: SaberClient | None = None
    price_watch: PriceWatch | None = None  # of all rounds

    @cached_property
    def run_id(self) -> str:
        """The id in the ledger: the orchestrator's, and a mark of this attempt."""
        return attempt_id(self.request.run_id)

    @property
    def paths(self) -> DataPaths:
        """Where everything lies."""
        return DataPaths.of(self.settings)

    @property
    def rules(self) -> ClaimRules:
        """What this run may buy. An unknown outcome is retried once in a run."""
        return ClaimRules(
            self.request.force_refresh, self.request.retry_unknown and not self.sent.posts, began=self.began
        )

    @property
    def request_counts(self) -> Counter[str]:
        """API requests so far, by operation."""
        return Counter(self.api.request_counts) if self.api else Counter()

    async def open_api(self, stack: AsyncExitStack) -> SaberClient:
        """The API client, opened when it is first needed: a run that owns everybody needs none."""
        if self.api is None:
            self.api = await stack.enter_async_context(self.new_client())
        return self.api

    def statuses(self) -> PersonStatuses:
        """Where everybody stands now; what dead runs left is free, or unknown."""
        with self.ledger.transaction() as connection:
            free_claims(connection, live_runs(connection, lease_seconds=self.settings.lease_seconds))
        with self.ledger.reading() as connection:
            found = newest_purchases(connection, self.selection.people, with_due=self.request.force_refresh)
            flying = open_purchases(connection, self.selection.people)
        return statuses_of(found, self.selection.people, self.rules, flying)
