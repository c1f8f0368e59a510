"""What a run's purchases really cost: the balance is read between them and at the end."""

from __future__ import annotations

import logging
from collections.abc import Callable

from saber_pipeline.api.client import SaberClient
from saber_pipeline.planning.balance import read_balance_after
from saber_pipeline.purchasing.price_watch import PriceWatch
from saber_pipeline.runs.limits import tightest_limit
from saber_pipeline.runs.purchase_run import LimitedRun

logger = logging.getLogger(__name__)


def watch_price(run: LimitedRun, api: SaberClient, count_remaining: Callable[[], int]) -> PriceWatch:
    """Compares the balance between the purchases of all rounds of ``run``, which has one watch."""
    if run.price_watch is None:
        run.price_watch = PriceWatch(
            api,
            run.ledger,
            run.clock,
            run.run_id,
            run.settings.lease_seconds,
            price=run.settings.credits_per_signal,
            limit=tightest_limit(run.ledger, run.settings, run.request, now=api.server_clock.now(), run_id=run.run_id),
            count_remaining=count_remaining,
            balance_before=run.spending.balance_before,
            nouns=run.product.nouns,
            others_before=run.spending.others_before,
        )
    return run.price_watch


async def compare_price(run: LimitedRun, api: SaberClient, *, paid: int | None) -> None:
    """Read the balance again, and say so when the purchases cost something else than configured.

    ``paid``: how many purchases were paid; None where nobody knows that of one of them.
    """
    run.spending.balance_after = await read_balance_after(api, run.ledger, run_id=run.run_id)
    if run.price_watch is not None:
        run.spending.spent_elsewhere = run.price_watch.spent_elsewhere()
    price = run.settings.credits_per_signal
    if paid is not None and run.spending.differs_from(paid * price):
        logger.warning(
            "The balance fell by %s credits while this run bought %s at a configured price of %s. Either %ssomebody "
            "else spent, or SABER_CREDITS_PER_SIGNAL differs from the real price.",
            run.spending.credits_spent,
            run.product.count(paid),
            price,
            "" if run.product.question else "answers came from the API's cache, ",
        )
