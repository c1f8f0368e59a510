"""A look at the credits from outside of any run: the balance, its forecast, and what waits for a top-up."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from saber_pipeline.api.client import SaberClient
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.settings import Settings
from saber_pipeline.ledger.balances import balances_since, record_balance
from saber_pipeline.ledger.claims import count_claims
from saber_pipeline.ledger.deferrals import Deferral, deferrals, mark_launched
from saber_pipeline.ledger.store import Ledger, check_address
from saber_pipeline.planning.monthly_budget import MonthBudget, read_month
from saber_pipeline.runs.clients import ask_for_balance
from saber_pipeline.runs.forecast import SECONDS_PER_DAY, WINDOW_DAYS, BalanceSeen, Forecast, forecast
from saber_pipeline.runs.in_flight import BUSY_TIMEOUT_SECONDS
from saber_pipeline.runs.interruptions import run_interruptible

NO_RUN = ""


@dataclass(frozen=True)
class CreditStatus:
    """What there is: ``balance`` at the API, of which runs under way have ``reserved`` some."""

    balance: int
    reserved: int
    forecast: Forecast | None
    deferrals: tuple[Deferral, ...]
    month: MonthBudget

    @property
    def available(self) -> int:
        """Credits that nobody has reserved."""
        return max(0, self.balance - self.reserved)


def read_credits(
    settings: Settings,
    new_client: Callable[[], SaberClient],
    questions: Iterable[Question] = (),
    *,
    is_worth_recording: Callable[[int], bool],
) -> CreditStatus:
    """Read the balance, and record it in the ledger where ``is_worth_recording`` says so of it.

    ``questions`` are those whose budgets of the month count.

    Raises:
        PipelineError: no key, the API is out of reach, or the data directory belongs to another API.
    """
    balance = run_interruptible(ask_for_balance(new_client))
    with _ledger(settings) as ledger:
        with ledger.reading() as connection:
            check_address(connection, settings.base_url)
        if is_worth_recording(balance):
            with ledger.transaction() as connection:
                record_balance(connection, balance, run_id=None)
        now = time.time()
        with ledger.reading() as connection:
            seen = [BalanceSeen(*row) for row in balances_since(connection, now - WINDOW_DAYS * SECONDS_PER_DAY)]
            reserved = count_claims(connection, NO_RUN).reserved_by_others * settings.credits_per_signal
            waiting = deferrals(connection)
            month = read_month(connection, settings, questions, now=datetime.fromtimestamp(now, tz=UTC))
    return CreditStatus(
        balance, math.ceil(reserved), forecast([*seen, BalanceSeen(now, balance)], now=now), tuple(waiting), month
    )


def affordable(deferrals: Iterable[Deferral], available: int) -> list[Deferral]:
    """Those that ``available`` credits cover, oldest first, each counted against what is left for the next.

    One that is too dear does not hold up a cheaper one behind it.
    """
    chosen = []
    for deferral in deferrals:
        if deferral.waiting and deferral.credits_needed <= available:
            available -= deferral.credits_needed
            chosen.append(deferral)
    return chosen


def note_launched(settings: Settings, launched: Iterable[tuple[str, str]]) -> None:
    """Runs were started for these ``(run_id of the deferral, list)``.

    Raises:
        StorageError: the ledger cannot be written.
    """
    with _ledger(settings) as ledger, ledger.transaction() as connection:
        for run_id, list_name in launched:
            mark_launched(connection, run_id, list_name)


@contextmanager
def _ledger(settings: Settings) -> Iterator[Ledger]:
    file = DataPaths.of(settings).ledger
    with closing(Ledger.open(file, busy_timeout_seconds=BUSY_TIMEOUT_SECONDS)) as ledger:
        yield ledger
