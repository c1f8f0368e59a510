"""What a run has claimed, compared with the balance and the run's limit before any of it is sent."""

from __future__ import annotations

import logging
import math
from dataclasses import replace

import sqlalchemy as sa

from saber_pipeline.ledger.claims import Claims, count_claims
from saber_pipeline.ledger.questions import remember_questions
from saber_pipeline.ledger.store import bind_address
from saber_pipeline.ledger.takeovers import keep_claims
from saber_pipeline.planning.budget import Estimate, check
from saber_pipeline.planning.plan import Plan, Status
from saber_pipeline.runs.monthly_check import hold_back_and_check
from saber_pipeline.runs.purchase_run import LimitedRun
from saber_pipeline.runs.run_state import RunState

logger = logging.getLogger(__name__)


def check_claims(
    run: LimitedRun, claims: Claims, *, bought: int, balance_now: int | None = None, plan: Plan | None = None
) -> Estimate:
    """Compare what ``claims`` cost with the balance, and with what is left of the run's limit.

    ``bought``: purchases of this run so far, which count as spent although the balance may be told late.
    ``balance_now``: the balance where it was read again. ``plan`` tells in the message what is owned.

    Raises:
        BudgetError, BalanceTooSmallError: it is not covered.
    """
    price = run.settings.credits_per_signal
    balance = math.floor((run.spending.balance_before or 0) - bought * price)
    if balance_now is not None:
        balance = min(balance, balance_now)
    estimate = Estimate(claims.claimed, price, balance, claims.reserved_by_others)
    check(
        estimate,
        run.product,
        budget=run.left_of_limit(bought),
        limit_name=run.request.limit_name,
        bought=bought,
        owned="" if plan is None else f"{plan.totals[Status.OWNED]:,} of {plan.asked:,} pairs are owned already",
    )
    return estimate


def begin_purchases(run: LimitedRun, connection: sa.Connection, estimate: Estimate, *, how: str = "") -> None:
    """Say what is about to be bought, and ``how``; from now on the data directory belongs to this API's address."""
    bind_address(connection, run.settings.base_url)
    logger.info(
        "Buying %s%s for %s credits at %s each; the balance is %s.",
        run.product.count(estimate.signals),
        how,
        f"{estimate.cost:,f}",
        estimate.price,
        f"{estimate.balance:,}",
    )


def guard_claims(run: RunState, connection: sa.Connection, plan: Plan, *, in_this_round: int = 0) -> int:
    """Check the pairs that this run has claimed, and say what it is about to buy; returns how many pairs that is.

    ``in_this_round``: signals bought since the last round ended, which ``run.spending`` does not know yet.
    """
    hold_back_and_check(run, connection)
    claims = count_claims(connection, run.run_id)
    estimate = check_claims(run, claims, bought=run.bought + in_this_round, plan=plan)
    before = run.spending.estimate
    if before is None or in_this_round:
        signals = estimate.signals + (before.signals if before else 0)
        run.spending.estimate = replace(before or estimate, signals=signals)
    if claims.claimed and run.request.generate_summary and run.ledger.is_in_a_database:
        # Saber sums a company up when the batch of this run is complete: another run's batch has no summary.
        keep_claims(connection, run.run_id, live_runs=run.live_runs(connection))
    if claims.claimed:
        remember_questions(connection, run.request.selection.questions)
        how = " with forceRefresh" if run.request.selection.force_refresh else ""
        begin_purchases(run, connection, estimate, how=how)
    return claims.claimed
