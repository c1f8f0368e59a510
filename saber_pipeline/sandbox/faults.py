"""Deliberate faults. They are seeded, and ``/_sandbox/faults`` switches them on and off."""

from __future__ import annotations

import random
import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from saber_pipeline.sandbox.sandbox_settings import OutOfCreditsWay, RateLimitShape

Share = Annotated[float, Meta(ge=0, le=1)]
FaultKind = Literal[
    "reset_before",  # the operation has no effect, and the connection dies
    "reset_after",  # the operation takes effect, then the connection dies without a reply
    "error_before",  # the operation has no effect, and the reply is an error status
    "error_after",  # the operation takes effect, and the reply is an error status
    "truncate",  # the operation takes effect, and half of the reply arrives
    "drip",  # the operation takes effect, and the reply arrives slowly
    "too_many_requests",  # the operation has no effect, and the reply is a 429
    "page_after",  # the operation takes effect, and the reply is a gateway's page: a redirect, or HTML with a refusal
    "silent_before",  # the operation has no effect, and no reply comes; the connection ends after ``seconds``
    "silent_after",  # the operation takes effect, and no reply comes
]
BEFORE_THE_EFFECT = frozenset({"reset_before", "error_before", "too_many_requests", "silent_before"})


class Rule(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Where and how often one kind of fault strikes. ``path`` is a regular expression for the start of the path."""

    kind: FaultKind
    method: str | None = None
    path: str = ""
    probability: Share = 1.0
    skip: int = 0  # the number of matching requests that pass first
    times: int | None = None  # None: until cleared
    # A 502 and every page have an HTML body, as from a gateway.
    status: Literal[302, 400, 403, 404, 429, 500, 502, 503] = 500
    shape: RateLimitShape = RateLimitShape.FLAT
    retry_after_seconds: int = 1
    seconds: float = 1.0  # the duration of a drip or a silence
    struck: int = 0
    from_seconds: float | None = None  # an outage: only between these times of the sandbox's clock
    to_seconds: float | None = None


class Effects(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Faults inside the operations, which no reply's status shows. A value of None means: as the settings say."""

    lost_member_share: Share = 0.0  # the share of an async batch that is never created and never charged
    stuck_share: Share = 0.0
    failed_share: Share | None = None
    not_known_share: Share | None = None
    degraded_share: Share | None = None
    error_code: str | None = None
    cache_hits_charged: bool | None = None
    date_ahead_seconds: float = 0.0  # only in the Date header, as from a gateway whose clock is not the API's
    date_ahead_from: float = 0.0  # from this time of the sandbox's clock on (seconds since 1970)
    out_of_credits_way: OutOfCreditsWay | None = None
    async_domain_cap: int | None = None
    webhook_repeats: int = 0  # how often every accepted webhook is sent again
    webhook_disorder: bool = False  # webhooks that are due together are sent newest first
    webhooks_held: bool = False  # no webhook is sent while this is set
    sales_navigator_connected: bool | None = None
    dead_pages: list[str] = []  # names of company pages that a search cannot resolve
    contacts_joined: Annotated[int, Meta(ge=0)] = 0  # additional people at the start of each searched company
    contacts_left: Annotated[int, Meta(ge=0)] = 0  # people missing at the end of each searched company

    def date_seconds(self, now_seconds: float) -> float:
        """The time in a reply's Date header."""
        return now_seconds + (self.date_ahead_seconds if now_seconds >= self.date_ahead_from else 0.0)


class FaultsBody(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Body of ``POST /_sandbox/faults``. The body replaces all earlier faults."""

    rules: list[Rule] = []
    effects: Effects = msgspec.field(default_factory=Effects)
    seed: int | None = None
    outage_seconds: float | None = None
    outage_kind: Literal["reset_before", "error_before"] = "error_before"


class Faults:
    """The rules in force. They are kept in memory only, so a restarted sandbox has no faults."""

    def __init__(self, seed: int) -> None:
        self.rules: list[Rule] = []
        self.effects = Effects()
        self._random = random.Random(seed)  # noqa: S311 - repeatable faults, no secrets

    def set(self, body: FaultsBody, now_seconds: float) -> None:
        for rule in body.rules:
            try:
                re.compile(rule.path)
            except re.error as error:
                raise ValueError(f"path {rule.path!r} is not a regular expression: {error}") from None
        self.rules = list(body.rules)
        self.effects = body.effects
        if body.seed is not None:
            self._random = random.Random(body.seed)  # noqa: S311 - repeatable faults, no secrets
        if body.outage_seconds is not None:
            outage = Rule(
                kind=body.outage_kind,
                status=503,
                from_seconds=now_seconds,
                to_seconds=now_seconds + body.outage_seconds,
            )
            self.rules.insert(0, outage)

    def strike(self, method: str, path: str, now_seconds: float) -> Rule | None:
        """The rule that strikes this request, counted as one strike; None if no rule does."""
        for rule in self.rules:
            if self._matches(rule, method, path, now_seconds):
                if rule.skip > 0:
                    rule.skip -= 1
                elif self._random.random() < rule.probability:
                    rule.struck += 1
                    return rule
        return None

    @staticmethod
    def _matches(rule: Rule, method: str, path: str, now_seconds: float) -> bool:
        if rule.times is not None and rule.struck >= rule.times:
            return False
        if rule.method is not None and rule.method != method:
            return False
        if rule.from_seconds is not None and now_seconds < rule.from_seconds:
            return False
        if rule.to_seconds is not None and now_seconds >= rule.to_seconds:
            return False
        return re.match(rule.path, path) is not None
