"""What goes wrong on purpose: seeded, switched on and off through ``/_sandbox/faults``."""

from __future__ import annotations

import random
import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from saber_pipeline.sandbox.sandbox_settings import OutOfCreditsWay, RateLimitShape

Share = Annotated[float, Meta(ge=0, le=1)]
FaultKind = Literal[
    "reset_before",  # the connection dies and nothing happened
    "reset_after",  # it happened, then the connection dies without a reply
    "error_before",  # an error status and nothing happened
    "error_after",  # it happened, and the reply is an error status
    "truncate",  # it happened, half of the reply arrives
    "drip",  # it happened, the reply arrives slowly
    "too_many_requests",  # 429, nothing happened
    "page_after",  # it happened, and the reply is a gateway's page: a redirect, or HTML with a refusing status
    "silent_before",  # nothing happened, and no reply comes; the connection ends after ``seconds``
    "silent_after",  # it happened, and no reply comes
]
BEFORE_THE_EFFECT = frozenset({"reset_before", "error_before", "too_many_requests", "silent_before"})


class Rule(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Where and how often one kind of fault strikes. ``path`` is a regular expression for the start."""

    kind: FaultKind
    method: str | None = None
    path: str = ""
    probability: Share = 1.0
    skip: int = 0  # let so many matching requests pass first
    times: int | None = None  # None: until cleared
    # A 502, and every page, has an HTML body, as gateways send it.
    status: Literal[302, 400, 403, 404, 429, 500, 502, 503] = 500
    shape: RateLimitShape = RateLimitShape.FLAT
    retry_after_seconds: int = 1
    seconds: float = 1.0  # how long a drip, or a silence, takes
    struck: int = 0
    from_seconds: float | None = None  # an outage: only between these times of the sandbox's clock
    to_seconds: float | None = None


class Effects(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What goes wrong inside. None of it shows in a reply's status; None means: as the settings say."""

    lost_member_share: Share = 0.0  # of an async batch: never created, never charged
    stuck_share: Share = 0.0
    failed_share: Share | None = None
    not_known_share: Share | None = None
    degraded_share: Share | None = None
    error_code: str | None = None
    cache_hits_charged: bool | None = None
    date_ahead_seconds: float = 0.0  # of the Date header alone: a gateway's clock that is not the API's
    date_ahead_from: float = 0.0  # since this time of the sandbox's clock (seconds since 1970)
    out_of_credits_way: OutOfCreditsWay | None = None
    async_domain_cap: int | None = None
    webhook_repeats: int = 0  # every webhook is sent so often again, though it was taken
    webhook_disorder: bool = False  # what is due at once is sent newest first
    webhooks_held: bool = False  # none is sent while this is set
    sales_navigator_connected: bool | None = None
    dead_pages: list[str] = []  # names of company pages that a search cannot resolve
    contacts_joined: Annotated[int, Meta(ge=0)] = 0  # people more at the start of each company that is searched
    contacts_left: Annotated[int, Meta(ge=0)] = 0  # people fewer at its end

    def date_seconds(self, now_seconds: float) -> float:
        """The time that a reply's Date tells."""
        return now_seconds + (self.date_ahead_seconds if now_seconds >= self.date_ahead_from else 0.0)


class FaultsBody(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Body of ``POST /_sandbox/faults``: replaces what was set before."""

    rules: list[Rule] = []
    effects: Effects = msgspec.field(default_factory=Effects)
    seed: int | None = None
    outage_seconds: float | None = None
    outage_kind: Literal["reset_before", "error_before"] = "error_before"


class Faults:
    """The rules in force. Lives in memory: a restarted sandbox is a healthy one."""

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
        """The rule that hits this request, counted, or None."""
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
