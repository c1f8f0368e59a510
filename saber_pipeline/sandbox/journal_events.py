"""The events that change a sandbox, as records that a journal keeps."""

from __future__ import annotations

import msgspec

from saber_pipeline.sandbox.records import (
    Asked,
    Batch,
    CompanyList,
    Research,
    Signal,
    Subscription,
    Summary,
    Template,
)


class Event(msgspec.Struct, tag=True, omit_defaults=True, kw_only=True):
    """The base of all events. ``ids_used`` keeps ids unique across restarts. ``Sandbox.record`` sets it."""

    ids_used: int = 0


class SignalsMade(Event, kw_only=True):
    """All purchases of one request. The journal keeps all of them or none."""

    asked: list[Asked]  # what was asked for the first time
    signals: list[Signal]
    hits: int
    credits_left: int
    batch: Batch | None = None
    webhooks: dict[str, str] = {}  # signal id → the address of the webhook for the signal's end


class SignalSurfaced(Event, kw_only=True):
    """Somebody asked for a signal singly that an async batch had not created yet."""

    signal_id: str
    created_ms: int


class CreditsSet(Event, kw_only=True):
    credits: int


class ClockAdvanced(Event, kw_only=True):
    milliseconds: int


class TemplateSaved(Event, kw_only=True):
    template: Template


class ResearchMade(Event, kw_only=True):
    research: Research
    credits_left: int


class SummaryMade(Event, kw_only=True):
    summary: Summary


class CompanyListMade(Event, kw_only=True):
    company_list: CompanyList


class CompanyListGone(Event, kw_only=True):
    list_id: str


class SubscriptionMade(Event, kw_only=True):
    subscription: Subscription


AnyEvent = (
    SignalsMade
    | SignalSurfaced
    | CreditsSet
    | ClockAdvanced
    | TemplateSaved
    | ResearchMade
    | SummaryMade
    | CompanyListMade
    | CompanyListGone
    | SubscriptionMade
)
