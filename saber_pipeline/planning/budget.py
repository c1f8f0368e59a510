"""Nothing is bought that the user did not agree to, or that cannot be paid."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from saber_pipeline.errors import BudgetError, NotEnoughCreditsError
from saber_pipeline.ledger.claims import Claims
from saber_pipeline.planning.plan import Plan, Status


class BalanceTooSmallError(NotEnoughCreditsError):
    """``NotEnoughCreditsError`` with the number: ``credits_needed`` by what the run may still buy."""

    def __init__(self, message: str, *, credits_needed: Decimal) -> None:
        super().__init__(message)
        self.credits_needed = credits_needed


@dataclass(frozen=True)
class Estimate:
    """What buying ``signals`` costs at ``price`` credits each, against ``balance`` credits."""

    signals: int
    price: Decimal
    balance: int
    reserved_by_others: int = 0

    @property
    def cost(self) -> Decimal:
        """Credits needed."""
        return self.signals * self.price

    @property
    def available(self) -> Decimal:
        """Credits that no other run has reserved."""
        return max(Decimal(0), self.balance - self.reserved_by_others * self.price)

    @property
    def balance_after(self) -> Decimal:
        """Credits left when all of it is bought."""
        return self.balance - self.cost


def check(
    plan: Plan,
    claims: Claims,
    *,
    balance: int,
    price: Decimal,
    budget: Decimal | None,
    bought: int = 0,
    limit_name: str = "max_credits",
) -> Estimate:
    """Compare what ``claims`` cost with the balance and with what is left of the limit named ``limit_name``.

    ``bought`` signals were bought by this run before, in an earlier round.

    Raises:
        BudgetError: ``budget`` does not cover it.
        BalanceTooSmallError: the balance, less what other runs have reserved, does not cover it.
    """
    estimate = Estimate(claims.claimed, price, balance, claims.reserved_by_others)
    owned = f"{plan.totals[Status.OWNED]:,} of {plan.asked:,} pairs are owned already"
    spent = f"Before, {bought:,} signals were bought" if bought else "Nothing was spent"
    if budget is not None and estimate.cost > budget:
        raise BudgetError(
            f"This run would spend {estimate.cost:,f} credits for {estimate.signals:,} pairs, more than "
            f"{limit_name} = {budget:,f}; {owned}. {spent}. Raise {limit_name}, or select fewer "
            f"questions or lists."
        )
    if estimate.cost > estimate.available:
        others = f" ({balance:,} less what other runs have reserved)" if estimate.available < balance else ""
        raise BalanceTooSmallError(
            f"Not enough credits: {estimate.cost:,f} needed for {estimate.signals:,} pairs, "
            f"{estimate.available:,f} available{others}; {owned}. {spent}. Add credits at Saber, "
            f"or select fewer questions or lists.",
            credits_needed=estimate.cost,
        )
    return estimate
