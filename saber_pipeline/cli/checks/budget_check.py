"""The check of the monthly budgets. Sends no request to the API."""

from __future__ import annotations

from contextlib import suppress

from saber_pipeline.cli.checks.finding import Finding, ok, warning
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import QuestionsError
from saber_pipeline.runs.configuration import configured_questions
from saber_pipeline.runs.status import read_ledger_status


def check_month(settings: Settings) -> Finding:
    """What the ledger says of this month."""
    questions: tuple[Question, ...] = ()
    with suppress(QuestionsError):  # another check says so
        questions = configured_questions(DataPaths.of(settings)).questions
    look = read_ledger_status(settings, questions).month
    if look is None or (look.total.limit is None and not look.questions):
        spent = "" if look is None else f"; {look}"
        return ok("budget", f"no monthly budget is set (SABER_MONTHLY_CREDITS){spent}")
    if look.nearly_used_up:
        names = ", ".join(name for name, _ in look.nearly_used_up)
        return warning("budget", str(look), f"80 % or more of {names} is spent. Raise it, or wait for the next month.")
    return ok("budget", str(look))
