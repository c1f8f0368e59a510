"""Budgets of a calendar month: what SABER_MONTHLY_CREDITS and a question's max_credits_per_month leave.

What is spent comes from the ledger (``ledger/spending.py``), intents whose outcome is not known included. What other
runs have claimed and not sent is reserved. A run looks at both in the transaction in which it claims, so that runs
side by side never pass a budget together. Claims outlive the end of a month: they count against whichever month asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import BudgetError
from saber_pipeline.ledger.run_ids import orchestrator_id
from saber_pipeline.ledger.spending import Spent, reserved_pairs, spending_rows, spent_between
from saber_pipeline.products.product import Product

LIMIT_NAME = "SABER_MONTHLY_CREDITS"
WARN_SHARE = Decimal("0.8")


class Month(NamedTuple):
    """A calendar month of the budget's time zone: its first moment, and the first one after it."""

    since: float
    until: float
    name: str


def month_at(moment: datetime, timezone: str) -> Month:
    """The month that holds ``moment`` in ``timezone``."""
    local = moment.astimezone(ZoneInfo(timezone))
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    year, month = (first.year + 1, 1) if first.month == 12 else (first.year, first.month + 1)  # noqa: PLR2004 - December
    after = first.replace(year=year, month=month)
    return Month(first.timestamp(), after.timestamp(), f"{first:%B %Y} ({timezone})")


@dataclass(frozen=True)
class Allowance:
    """A budget in a month. ``reserved`` by other runs; ``limit`` None: there is no budget."""

    limit: int | None
    spent: Decimal
    reserved: Decimal

    @property
    def left(self) -> Decimal | None:
        """Credits that may still be spent; None without a limit."""
        return None if self.limit is None else max(Decimal(0), self.limit - self.spent - self.reserved)

    @property
    def is_overdrawn(self) -> bool:
        """Whether it does not even cover what other runs have reserved, so that nothing of that may be taken over."""
        return self.limit is not None and self.spent + self.reserved > self.limit

    def covers(self, cost: Decimal) -> bool:
        """Whether ``cost`` more credits may be spent. What costs nothing always may."""
        return cost == 0 or self.left is None or cost <= self.left

    @property
    def is_nearly_used_up(self) -> bool:
        """Whether 80 % of it or more is spent."""
        return self.limit is not None and self.spent >= WARN_SHARE * self.limit

    def __str__(self) -> str:
        of = "" if self.limit is None else f" of {self.limit:,}"
        reserved = f", {self.reserved:,f} reserved by active runs" if self.reserved else ""
        return f"{self.spent:,f}{of} credits spent{reserved}"


@dataclass(frozen=True)
class MonthBudget:
    """A month as the ledger sees it: the budget of everything, and of each question that has one, by its key."""

    month: Month
    total: Allowance
    questions: Mapping[str, Allowance] = field(default_factory=dict)

    @property
    def nearly_used_up(self) -> list[tuple[str, Allowance]]:
        """The budgets of which 80 % or more is spent, by their names."""
        named = [(LIMIT_NAME, self.total)] + [
            (f"max_credits_per_month of {key}", allowance) for key, allowance in self.questions.items()
        ]
        return [(name, allowance) for name, allowance in named if allowance.is_nearly_used_up]

    def __str__(self) -> str:
        questions = "".join(f"; {key}: {allowance}" for key, allowance in self.questions.items())
        return f"{self.month.name}: {self.total}{questions}"


def read_month(
    connection: sa.Connection,
    settings: Settings,
    questions: Iterable[Question] = (),
    *,
    now: datetime,
    run_id: str = "",
) -> MonthBudget:
    """What is spent and reserved in the month of ``now``, the API's time, as ``run_id`` sees it."""
    month = month_at(now, settings.budget_timezone)
    price = settings.credits_per_signal
    spent = spent_between(connection, month.since, month.until, price=price)
    reserved = reserved_pairs(connection, but=run_id)
    return MonthBudget(
        month,
        Allowance(settings.monthly_credits, spent.total, sum(reserved.values()) * price),
        {
            question.key: _of_question(question, spent, reserved, price)
            for question in questions
            if question.max_credits_per_month is not None
        },
    )


def _of_question(question: Question, spent: Spent, reserved: Mapping[str, int], price: Decimal) -> Allowance:
    return Allowance(
        question.max_credits_per_month,
        spent.on(question.question_id, question.key),
        reserved.get(question.question_id, 0) * price,
    )


def check_month(budget: MonthBudget, product: Product, count: int, price: Decimal, *, bought: int = 0) -> None:
    """Refuse what SABER_MONTHLY_CREDITS does not cover: so many of ``product`` at ``price`` credits each.

    ``bought`` of it were bought by this run before.

    Raises:
        BudgetError: it is not covered.
    """
    left, cost = budget.total.left, count * price
    if left is None or budget.total.covers(cost):
        return
    raise BudgetError(
        f"This run would spend {cost:,f} credits for {product.count(count)}, more than the {left:,f} that are left of "
        f"{LIMIT_NAME} = {budget.total.limit:,} in {budget.month.name}: {budget.total}. "
        f"{product.bought_before(bought)} Raise {LIMIT_NAME}, wait for the next month, or select fewer "
        f"{product.selected_by}."
    )


def why_held_back(key: str, allowance: Allowance, month: Month, cost: Decimal) -> str:
    """Why a question is not asked this month: a sentence."""
    return (
        f"{key} is held back: it would cost {cost:,f} credits, more than the {allowance.left:,f} that are left of its "
        f"max_credits_per_month = {allowance.limit:,} in {month.name}."
    )


def spending_by_day(connection: sa.Connection, settings: Settings) -> list[tuple[Any, ...]]:
    """Rows for ``internal.spending``; days are those of the budget's time zone."""
    zone = ZoneInfo(settings.budget_timezone)
    rows: defaultdict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0, Decimal(0)])
    for row in spending_rows(connection, price=settings.credits_per_signal):
        day = datetime.fromtimestamp(row.since, tz=zone).date()
        run_id = orchestrator_id(row.run_id)
        sums = rows[day, row.list_name or None, row.question_id or None, row.question_key, run_id]
        sums[0] += row.pairs
        sums[1] += row.credits
    return [(*names, *sums) for names, sums in rows.items()]
