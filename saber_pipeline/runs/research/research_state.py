"""What the steps of one research run share."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import sqlalchemy as sa

from saber_pipeline.ledger.claims import free_claims
from saber_pipeline.ledger.research import ClaimRules, newest_purchases, open_purchases
from saber_pipeline.products.product import CONTACT_RESEARCH
from saber_pipeline.runs.purchase_run import LimitedRun, Shortage
from saber_pipeline.runs.research.person_status import PersonStatuses, statuses_of
from saber_pipeline.runs.research.research_lists import Selection
from saber_pipeline.runs.research.research_planned import PlannedResearch
from saber_pipeline.runs.research.research_run_request import ResearchRequest, Sent


@dataclass
class ResearchRun(LimitedRun):
    """One run of contact research under way."""

    request: ResearchRequest
    tell_plan: Callable[[PlannedResearch], None]
    selection: Selection
    began: float  # seconds since 1970, the machine's clock
    sent: Sent = field(default_factory=Sent, init=False)
    product = CONTACT_RESEARCH

    @property
    def bought(self) -> int:
        """People whose research this run has purchased, or may have purchased."""
        return self.sent.attempted

    @property
    def rules(self) -> ClaimRules:
        """What this run may buy. An unknown outcome is retried once in a run."""
        return ClaimRules(
            self.request.force_refresh, self.request.retry_unknown and not self.sent.posts, began=self.began
        )

    def shortage(self, connection: sa.Connection) -> Shortage | None:  # noqa: ARG002 - the run knows it by itself
        """What the run lacked credits for. A run that only collects names the lists of the people it lacked them for.

        It was not asked to purchase more. ``retry_unknown`` is not kept: only a user pays twice for a person.
        """
        lacking, price = self.sent.lacked_credits, self.settings.credits_per_signal
        lists, paid = self.selection.lists, self.sent.attempted - len(self.sent.failed_for_credits & self.sent.bought)
        max_credits = self.left_of_limit(paid)
        if self.request.collect_only:
            lists = sorted({name for person_id in lacking for name in self.selection.lists_of[person_id]})
            max_credits = Decimal(math.ceil(len(lacking) * price))
        if not lists:  # the lists of these people were removed
            return None
        return Shortage(lists, [self.product.question], len(lacking), max_credits, self.request.force_refresh)

    def statuses(self) -> PersonStatuses:
        """The status of each person now. Claims of dead runs are free; what these may have sent is unknown."""
        with self.ledger.transaction() as connection:
            free_claims(connection, self.live_runs(connection))
        with self.ledger.reading() as connection:
            found = newest_purchases(connection, self.selection.people, with_due=self.request.force_refresh)
            flying = open_purchases(connection, self.selection.people)
        return statuses_of(found, self.selection.people, self.rules, flying)
