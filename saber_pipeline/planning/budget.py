"""Nothing is bought that the user did not agree to, or that cannot be paid."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from saber_pipeline.errors import BudgetError, NotEnoughCreditsError
from saber_pipeline.products.product import Product


class BalanceTooSmallError(NotEnoughCreditsError):
    """``NotEnoughCreditsError`` with the number: ``credits_needed`` by what the run may still buy."""

    def __init__(self, message: str, *, credits_needed: Decimal) -> None:
        super().__init__(message)
        self.credits_needed = credits_needed


@dataclass(frozen=True)
class Estimate:
    """What buying ``signals`` (or as many researches) costs at ``price`` credits each, against ``balance`` credits."""

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
    estimate: Estimate, product: Product, *, budget: Decimal | None, limit_name: str, bought: int = 0, owned: str = ""
) -> None:
    """Compare what ``estimate`` costs with the balance and with what is left of the limit named ``limit_name``.

    ``bought`` of the product were bought by this run before, in an earlier round. ``owned`` says in the message how
    much is owned already.

    Raises:
        BudgetError: ``budget`` does not cover it.
        BalanceTooSmallError: the balance, less what other runs have reserved, does not cover it.
    """
    what, fewer = product.count(estimate.signals), product.selected_by
    so_far = f"{f'; {owned}' if owned else ''}. {product.bought_before(bought)}"
    if budget is not None and estimate.cost > budget:
        left = f"{budget.normalize():,f}"
        limit = f"the {left} that are left of {limit_name}" if bought else f"{limit_name} = {left}"
        raise BudgetError(
            f"This run would spend {estimate.cost:,f} credits for {what}, more than {limit}{so_far} "
            f"Raise {limit_name}, or select fewer {fewer}."
        )
    if estimate.cost > estimate.available:
        others = f" ({estimate.balance:,} less what other runs have reserved)"
        raise BalanceTooSmallError(
            f"Not enough credits: {estimate.cost:,f} needed for {what}, {estimate.available:,f} available"
            f"{others if estimate.available < estimate.balance else ''}{so_far} Add credits at Saber, or select fewer "
            f"{fewer}.",
            credits_needed=estimate.cost,
        )
