"""What the steps of one run over summaries share, and the state of each company's summaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Set
from dataclasses import dataclass, field

from saber_pipeline.api.account import SUMMARY_UNDER_WAY
from saber_pipeline.api.client import SaberClient
from saber_pipeline.ledger.summary_requests import SummaryRequest, requests_about
from saber_pipeline.products.product import SUMMARIES
from saber_pipeline.runs.purchase_run import PurchaseRun
from saber_pipeline.runs.summaries.summary_planned import PlannedSummaries
from saber_pipeline.runs.summaries.summary_reader import KnownSummaries
from saber_pipeline.runs.summaries.summary_run_request import Asked, SummariesRequest


@dataclass
class SummaryRun(PurchaseRun):
    """One run over the summaries of ``domains`` under way."""

    request: SummariesRequest
    tell_plan: Callable[[PlannedSummaries], None]
    domains: list[str]
    known: KnownSummaries
    asked: Asked = field(default_factory=Asked, init=False)
    read: int = field(default=0, init=False)
    unproven: dict[str, str] = field(default_factory=dict, init=False)
    product = SUMMARIES

    def missing(self, *, unproven: Set[str] = frozenset()) -> list[str]:
        """The companies without a summary; a summary on a page that was missed would be bought a second time."""
        have = self.known.domains | unproven
        return [domain for domain in self.domains if domain not in have]

    def on_its_way(self, api: SaberClient) -> list[str]:
        """Companies whose newest summary is being made, or was requested lately and is not listed yet."""
        states = self.known.states
        under_way = (self.known.companies[each] for each in states if states[each][0] in SUMMARY_UNDER_WAY)
        processing = set().union(*under_way)
        with self.ledger.reading() as connection:
            requests = requests_about(connection, self.missing())
        wait_seconds = 60 * self.settings.resolve_wait_minutes
        asked = {
            domain
            for domain, request in requests.items()
            if request.is_awaited and seconds_since_asked(api, request) < wait_seconds
        }
        return sorted((processing | asked) & set(self.domains))

    def count(self) -> Counter[str]:
        """The companies by the best state of their summaries; the reply to a request is a completed one."""
        best = dict.fromkeys(self.asked.made, "completed")
        order = ("failed", "processing", "completed")
        for summary_id, companies in self.known.companies.items():
            for domain in companies:
                best[domain] = max(best.get(domain, order[0]), self._state(summary_id), key=order.index)
        return Counter(best.get(domain, "missing") for domain in self.domains)

    def _state(self, summary_id: str) -> str:
        status = self.known.states[summary_id][0]
        return status if status in ("completed", "failed") else "processing"


def seconds_since_asked(api: SaberClient, request: SummaryRequest) -> float:
    """How long ago ``request`` was made, in time that has passed on this machine."""
    name = f"summary {request.domain} {request.at}"
    return api.stopwatch.seconds_since(name, at_api=request.at, on_machine=request.machine_at)
