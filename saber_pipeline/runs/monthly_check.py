"""A run and the budgets of the month: refused as a whole, or without the questions whose own budget is used up."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import sqlalchemy as sa

from saber_pipeline.errors import BudgetError
from saber_pipeline.ledger.claims import count_claims, drop_claims
from saber_pipeline.ledger.spending import claimed_of
from saber_pipeline.planning.monthly_budget import MonthBudget, check_month, read_month, why_held_back
from saber_pipeline.planning.plan import BUDGET_USED_UP, Plan
from saber_pipeline.runs.run_state import RunState
from saber_pipeline.runs.template_versions import without_unasked

logger = logging.getLogger(__name__)


def hold_back_and_check(run: RunState, connection: sa.Connection) -> None:
    """Give back what this run has claimed of questions whose budget does not cover it, then check the whole.

    Call it in the transaction that claimed. A budget is for all or nothing: of a question whose claims it does not
    cover, none is bought. ``run.held_back`` says why, by question identity.

    Raises:
        BudgetError: SABER_MONTHLY_CREDITS does not cover the rest.
    """
    for question in run.request.selection.questions:
        if question.template_problem:  # what another run gave back may have been bought under a version that was there
            drop_claims(connection, run.run_id, question.question_id)
    budget = _read_month(run, connection)
    for question_id, why in _not_covered(run, connection, budget):
        drop_claims(connection, run.run_id, question_id)
        if question_id not in run.held_back:
            run.held_back[question_id] = why
            logger.warning("%s The run continues with the other questions.", why)
    pairs, price = count_claims(connection, run.run_id).claimed, run.settings.credits_per_signal
    check_month(budget, run.product, pairs, price, bought=run.bought)


def without_held_back(run: RunState, plan: Plan) -> Plan:
    """The plan as it is carried out."""
    plan = without_unasked(plan)
    keys = [question.key for question in run.request.selection.questions if question.question_id in run.held_back]
    return plan.holding_back({key: plan.due_by_question.get(key, 0) for key in keys}, BUDGET_USED_UP)


def covered_questions(run: RunState, connection: sa.Connection) -> list[str]:
    """The identities of the questions of which this run may take over what others have reserved."""
    questions, budget = run.request.selection.questions, _read_month(run, connection)
    if budget.total.is_overdrawn:
        return []
    overdrawn = {key for key, allowance in budget.questions.items() if allowance.is_overdrawn}
    return [q.question_id for q in questions if q.key not in overdrawn and q.question_id not in run.held_back]


def check_taken(run: RunState, connection: sa.Connection) -> None:
    """Check what this run has taken over, in the transaction that did.

    Raises:
        BudgetError: a budget of the month does not cover it.
    """
    budget = _read_month(run, connection)
    for _, why in _not_covered(run, connection, budget):
        raise BudgetError(why)
    pairs = count_claims(connection, run.run_id).claimed
    check_month(budget, run.product, pairs, run.settings.credits_per_signal)


def _read_month(run: RunState, connection: sa.Connection) -> MonthBudget:
    questions = run.request.selection.questions
    return read_month(connection, run.settings, questions, now=run.api_now(), run_id=run.run_id)


def _not_covered(run: RunState, connection: sa.Connection, budget: MonthBudget) -> Iterator[tuple[str, str]]:
    """The identities of questions of which the run has claimed more than their own budget covers, and why."""
    questions, price = run.request.selection.questions, run.settings.credits_per_signal
    claimed = claimed_of(connection, run.run_id, [question.question_id for question in questions])
    for question in questions:
        allowance, cost = budget.questions.get(question.key), claimed.get(question.question_id, 0) * price
        if allowance is not None and not allowance.covers(cost):
            yield question.question_id, why_held_back(question.key, allowance, budget.month, cost)
