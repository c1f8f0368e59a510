"""The most that a run may spend: its own limit, or what is left of the month."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from saber_pipeline.config.settings import Settings
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.planning.monthly_budget import LIMIT_NAME, read_month
from saber_pipeline.purchasing.price_watch import Limit


def tightest_limit(
    ledger: Ledger,
    settings: Settings,
    max_credits: int | None,
    *,
    limit_name: str = "max_credits",
    now: datetime,
    run_id: str,
) -> Limit | None:
    """The most that a run may spend, before it has bought anything: its own limit, or what is left of the month.

    A question's budget of the month is no part of it: of that, the configured price is what counts.
    """
    with ledger.reading() as connection:
        total = read_month(connection, settings, now=now, run_id=run_id).total
    limits = []
    if max_credits is not None:
        limits.append(Limit(Decimal(max_credits), limit_name, f"{limit_name} = {max_credits:,}"))
    if total.left is not None:
        shown = f"the {total.left:,f} credits left of {LIMIT_NAME} = {total.limit:,}"
        limits.append(Limit(total.left, LIMIT_NAME, shown))
    return min(limits, key=lambda limit: limit.credits, default=None)
