"""The whole state of one sandbox, and the only way to change it."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any

from saber_pipeline.sandbox import journal_events
from saber_pipeline.sandbox.due_webhooks import WebhookQueue
from saber_pipeline.sandbox.faults import Faults
from saber_pipeline.sandbox.journal import Journal
from saber_pipeline.sandbox.movable_clock import SandboxClock
from saber_pipeline.sandbox.signal_store import SignalStore

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.sandbox.records import Batch, CompanyList, Research, Subscription, Summary, Template
    from saber_pipeline.sandbox.sandbox_settings import SandboxSettings


class Sandbox:
    """The state is the sum of all events. ``record`` keeps and applies one event. A restart applies all kept events."""

    def __init__(self, settings: SandboxSettings, clock: SandboxClock, state_file: Path | None = None) -> None:
        self.settings = settings
        self.clock = clock
        self.store = SignalStore()
        self.faults = Faults(settings.seed)
        self.credits = settings.credits
        self.cache_hits = 0
        self.batches: dict[str, Batch] = {}
        self.templates: dict[str, Template] = {}
        self.template_versions: list[Template] = []
        self.researches: dict[str, Research] = {}
        self.summaries: list[Summary] = []
        self.company_lists: dict[str, CompanyList] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.company_domains: dict[str, str] = {}  # the API's company id → domain
        self.requests: Counter[str] = Counter()
        self.webhooks = WebhookQueue()
        self._ids = 0
        self._journal = Journal(state_file) if state_file else None
        self._is_replaying = True
        if self._journal:
            for event in self._journal.events():
                self._apply(event)
        self._is_replaying = False

    def record(self, event: journal_events.AnyEvent) -> None:
        event.ids_used = self._ids
        if self._journal:
            self._journal.append(event)
        self._apply(event)

    def close(self) -> None:
        if self._journal:
            self._journal.close()

    def in_force(self, name: str) -> Any:
        """A setting, unless the faults in force have another value for it."""
        effect = getattr(self.faults.effects, name)
        return getattr(self.settings, name) if effect is None else effect

    def new_id(self, kind: str) -> str:
        """A UUID that no other object of this sandbox has. Runs with the same seed and salt give the same UUIDs."""
        self._ids += 1
        text = f"{self.settings.seed}{self.settings.id_salt}|{kind}|{self._ids}"
        digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"

    def company_id(self, domain: str) -> str:
        company_id = "cmp_" + hashlib.blake2b(domain.encode(), digest_size=8).hexdigest()
        self.company_domains[company_id] = domain
        return company_id

    def _apply(self, event: journal_events.AnyEvent) -> None:  # noqa: C901 - one arm for each kind of event
        self._ids = event.ids_used
        match event:
            case journal_events.SignalsMade():
                self.store.add(event.asked, event.signals)
                told_until_ms = self.clock.now_ms() if self._is_replaying else 0
                self.webhooks.expect(event.signals, event.webhooks, told_until_ms=told_until_ms)
                self.cache_hits += event.hits
                self.credits = event.credits_left
                if event.batch:
                    self.batches[event.batch.id] = event.batch
            case journal_events.SignalSurfaced():
                self.store.surface(event.signal_id, event.created_ms)
            case journal_events.CreditsSet():
                self.credits = event.credits
            case journal_events.ClockAdvanced():
                self.clock.advance_ms(event.milliseconds)
            case journal_events.TemplateSaved():
                self.templates[event.template.id] = event.template
                self.template_versions.append(event.template)
            case journal_events.ResearchMade():
                self.researches[event.research.id] = event.research
                self.credits = event.credits_left
            case journal_events.SummaryMade():
                self.summaries.append(event.summary)
            case journal_events.CompanyListMade():
                self.company_lists[event.company_list.id] = event.company_list
            case journal_events.CompanyListGone():
                self.company_lists.pop(event.list_id, None)
            case journal_events.SubscriptionMade():
                self.subscriptions[event.subscription.id] = event.subscription
