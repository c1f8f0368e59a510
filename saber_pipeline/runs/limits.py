"""The most that a run may spend: its own limit, or what is left of the month."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Self

from saber_pipeline.config.settings import Settings
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.planning.monthly_budget import LIMIT_NAME, read_month
from saber_pipeline.purchasing.price_watch import Limit


@dataclass(frozen=True, kw_only=True)
class LimitedRequest:
    """The request for a run with a limit. ``limit_name`` is what the user set ``max_credits`` with, for messages.

    ``collect_only`` buys nothing and collects what is in flight.
    """

    run_id: str = field(kw_only=False)
    max_credits: int | None = None
    limit_name: str = "max_credits"
    max_wait_minutes: float = 120.0
    collect_only: bool = False

    def limited_by(self, settings: Settings) -> Self:
        """The same with the limit of all runs, where it has none of its own."""
        if self.max_credits is not None:
            return self
        return replace(self, max_credits=settings.max_credits_per_run, limit_name="SABER_MAX_CREDITS_PER_RUN")


def tightest_limit(
    ledger: Ledger, settings: Settings, request: LimitedRequest, *, now: datetime, run_id: str
) -> Limit | None:
    """The most that a run may spend, before it has bought anything: its own limit, or what is left of the month.

    A question's budget of the month is no part of it: of that, the configured price is what counts.
    """
    with ledger.reading() as connection:
        total = read_month(connection, settings, now=now, run_id=run_id).total
    limits = [] if request.max_credits is None else [_of_the_run(request.max_credits, request.limit_name)]
    if total.left is not None:
        limits.append(_of_the_month(total.left, settings))
    return min(limits, key=lambda limit: limit.credits, default=None)


def with_taken_over(
    limit: Limit | None, credits_taken: Decimal, settings: Settings, request: LimitedRequest
) -> Limit | None:
    """The same when a run takes over what another had reserved: of the month that much more is the run's to spend."""
    if limit is None or limit.name != LIMIT_NAME:
        return limit
    of_the_month = _of_the_month(limit.credits + credits_taken, settings)
    if request.max_credits is None or of_the_month.credits < request.max_credits:
        return of_the_month
    return _of_the_run(request.max_credits, request.limit_name)


def _of_the_run(max_credits: int, limit_name: str) -> Limit:
    return Limit(Decimal(max_credits), limit_name, f"{limit_name} = {max_credits:,}")


def _of_the_month(left: Decimal, settings: Settings) -> Limit:
    return Limit(left, LIMIT_NAME, f"the {left:,f} credits left of {LIMIT_NAME} = {settings.monthly_credits:,}")
