"""What a run has claimed, held against the balance and its limit before any of it is sent."""

from __future__ import annotations

import logging
from dataclasses import replace
from decimal import Decimal

import sqlalchemy as sa

from saber_pipeline.ledger.claims import count_claims
from saber_pipeline.ledger.questions import remember_questions
from saber_pipeline.ledger.runs import live_runs
from saber_pipeline.ledger.store import bind_address
from saber_pipeline.ledger.takeovers import keep_claims
from saber_pipeline.planning import budget as guard
from saber_pipeline.planning.plan import Plan
from saber_pipeline.runs.monthly_check import hold_back_and_check
from saber_pipeline.runs.run_state import RunState

logger = logging.getLogger(__name__)


def guard_claims(run: RunState, connection: sa.Connection, plan: Plan, balance: int, *, in_this_round: int = 0) -> int:
    """Check what this run has claimed, and say what it is about to buy; returns how many pairs that is.

    ``in_this_round``: signals bought since the last round ended, which ``run.spending`` does not know yet.
    """
    hold_back_and_check(run, connection)
    claims = count_claims(connection, run.run_id)
    price = run.settings.credits_per_signal
    bought = run.spending.signals_bought + run.spending.signals_unknown + in_this_round
    spent = bought * price
    budget = None if run.request.max_credits is None else Decimal(run.request.max_credits) - spent
    estimate = guard.check(
        plan,
        claims,
        balance=int(balance - spent),
        price=price,
        budget=budget,
        bought=bought,
        limit_name=run.request.limit_name,
    )
    before = run.spending.estimate
    if before is None or in_this_round:
        signals = estimate.signals + (before.signals if before else 0)
        run.spending.estimate = replace(before or estimate, signals=signals)
    if claims.claimed and run.request.generate_summary and run.ledger.is_in_a_database:
        # Saber sums a company up when the batch of this run is complete: another run's batch has no summary.
        keep_claims(connection, run.run_id, live_runs=live_runs(connection, lease_seconds=run.settings.lease_seconds))
    if claims.claimed:
        bind_address(connection, run.settings.base_url)
        remember_questions(connection, run.request.selection.questions)
        forced = " with forceRefresh" if run.request.selection.force_refresh else ""
        logger.info(
            "Buying %s signals%s for %s credits at %s each; the balance is %s.",
            f"{claims.claimed:,}",
            forced,
            f"{estimate.cost:,f}",
            price,
            f"{balance - spent:,f}",
        )
    return claims.claimed
