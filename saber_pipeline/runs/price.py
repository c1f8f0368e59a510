"""What a run's purchases really cost: the balance is read between them and at the end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from saber_pipeline.api.client import SaberClient
from saber_pipeline.planning.balance import read_balance_after
from saber_pipeline.purchasing.price_watch import PriceWatch
from saber_pipeline.runs.limits import tightest_limit
from saber_pipeline.runs.run_state import RunState

if TYPE_CHECKING:
    from saber_pipeline.runs.research.research_state import ResearchRun

logger = logging.getLogger(__name__)


def watch_price(
    run: RunState | ResearchRun,
    api: SaberClient,
    count_remaining: Callable[[], int],
    *,
    nouns: str = "signals",
    limit_name: str = "max_credits",
    others_before: int | None = None,
) -> PriceWatch:
    """Compares the balance between the purchases of all rounds of ``run``; ``nouns`` is what these are called.

    ``others_before``: what other runs had bought when the balance before the run was read, where that is known.
    """
    return PriceWatch(
        api,
        run.ledger,
        run.clock,
        run.run_id,
        run.settings.lease_seconds,
        price=run.settings.credits_per_signal,
        limit=tightest_limit(
            run.ledger,
            run.settings,
            run.request.max_credits,
            limit_name=limit_name,
            now=api.server_clock.now(),
            run_id=run.run_id,
        ),
        count_remaining=count_remaining,
        balance_before=run.spending.balance_before,
        nouns=nouns,
        others_before=others_before,
    )


async def compare_price(run: RunState, api: SaberClient) -> None:
    """Read the balance again, and say so when what was bought cost something else than configured."""
    if not run.spending.posts:
        return
    run.spending.balance_after = await read_balance_after(api, run.ledger, run_id=run.run_id)
    if run.price_watch is not None:
        run.spending.spent_elsewhere = run.price_watch.spent_elsewhere()
    price = run.settings.credits_per_signal
    if run.spending.price_differs(price):
        logger.warning(
            "The balance fell by %s credits while this run bought %s signals at a configured price of %s. "
            "Either answers came from the API's cache, somebody else spent, or SABER_CREDITS_PER_SIGNAL differs "
            "from the real price.",
            run.spending.credits_spent,
            run.spending.signals_bought,
            price,
        )
