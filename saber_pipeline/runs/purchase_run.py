"""What the steps of one run share, whatever the run buys, and what a run with a limit has besides."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

import sqlalchemy as sa

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.clock import Clock
from saber_pipeline.collection.progress import Progress
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.settings import Settings
from saber_pipeline.ledger.run_ids import attempt_id
from saber_pipeline.ledger.runs import live_runs
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.planning.balance import PricedSpending
from saber_pipeline.products.product import Product
from saber_pipeline.purchasing.price_watch import PriceWatch
from saber_pipeline.runs.limits import LimitedRequest

MAX_ROUNDS = 4
"""One round is the rule; another follows when others give back what this run waits for."""


class RunRequested(Protocol):
    """What every request for a run has."""

    @property
    def run_id(self) -> str:
        """The orchestrator's id of the run."""


@dataclass
class PurchaseRun(ABC):
    """One run under way. ``questions`` are all of questions.yaml: the views show them all.

    ``tell_plan`` gets the plan before the first purchase. ``stop`` is set when somebody has interrupted a run whose
    requests under way are waited for.
    """

    request: RunRequested
    settings: Settings
    questions: tuple[Question, ...]
    ledger: Ledger
    clock: Clock
    new_client: Callable[[], SaberClient]
    report: Callable[[Progress], None]
    tell_plan: Callable[[Any], None]
    api: SaberClient | None = field(default=None, init=False)
    stop: threading.Event = field(default_factory=threading.Event, init=False)

    @property
    @abstractmethod
    def product(self) -> Product:
        """What the run buys."""

    @cached_property
    def run_id(self) -> str:
        """The id in the ledger: the orchestrator's, and a mark of this attempt.

        An orphaned step and its retry share the orchestrator's id and must not share their claims.
        """
        return attempt_id(self.request.run_id)

    @property
    def paths(self) -> DataPaths:
        """Where everything lies."""
        return DataPaths.of(self.settings)

    @property
    def request_counts(self) -> Counter[str]:
        """API requests so far, by operation."""
        return Counter(self.api.request_counts) if self.api else Counter()

    def live_runs(self, connection: sa.Connection) -> frozenset[str]:
        """The runs that are alive, this one among them."""
        return live_runs(connection, lease_seconds=self.settings.lease_seconds)

    async def open_api(self, stack: AsyncExitStack) -> SaberClient:
        """The API client, opened when it is first needed: a run that owns everything needs none."""
        if self.api is None:
            self.api = await stack.enter_async_context(self.new_client())
        return self.api


@dataclass(frozen=True)
class Shortage:
    """What a top-up lets a run buy that it could not: of ``lists`` and ``questions``, within ``max_credits``.

    ``lacking``: so many purchases were refused, or failed, for want of credits.
    """

    lists: Collection[str]
    questions: Collection[str]
    lacking: int
    max_credits: Decimal | None
    force_refresh: bool


@dataclass
class LimitedRun(PurchaseRun):
    """A run that buys at a known price: within the balance, its own limit and the month's."""

    request: LimitedRequest
    spending: PricedSpending = field(default_factory=PricedSpending, init=False)
    price_watch: PriceWatch | None = field(default=None, init=False)  # of all rounds

    @property
    @abstractmethod
    def bought(self) -> int:
        """How many purchases this run has made, or may have made."""

    @abstractmethod
    def shortage(self, connection: sa.Connection) -> Shortage | None:
        """What the run lacked credits for; None where a top-up could start nothing, or too much."""

    def left_of_limit(self, bought: int) -> Decimal | None:
        """Credits of the limit that are left after so many purchases; None where there is no limit."""
        limit = self.request.max_credits
        return None if limit is None else max(Decimal(0), limit - bought * self.settings.credits_per_signal)
