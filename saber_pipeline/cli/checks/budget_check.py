"""The check of the monthly budgets. Sends no request to the API."""

from __future__ import annotations

from saber_pipeline.cli.checks.finding import Finding, ok, warning
from saber_pipeline.planning.monthly_budget import MonthBudget


def check_month(look: MonthBudget | None) -> Finding:
    """``look``: what the ledger says of this month."""
    if look is None or (look.total.limit is None and not look.questions):
        spent = "" if look is None else f"; {look}"
        return ok("budget", f"no monthly budget is set (SABER_MONTHLY_CREDITS){spent}")
    if look.nearly_used_up:
        names = ", ".join(name for name, _ in look.nearly_used_up)
        return warning("budget", str(look), f"80 % or more of {names} is spent. Raise it, or wait for the next month.")
    return ok("budget", str(look))
