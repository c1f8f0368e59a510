"""Asking for missing summaries: each POST is written down first, and none is repeated blindly."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa

from saber_pipeline.api.client import SaberClient
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import (
    ApiConflictError,
    ApiError,
    ApiInvalidError,
    ApiOutcomeUnknownError,
    BudgetError,
    is_out_of_credits,
)
from saber_pipeline.ledger.runs import live_runs
from saber_pipeline.ledger.spending import summary_price
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.ledger.summary_requests import (
    AskAgain,
    SummaryRequest,
    askable,
    give_back_summary,
    intend_summary,
    is_summary_intended,
    note_summary_request,
)
from saber_pipeline.ledger.tables import SummaryRequestState
from saber_pipeline.planning.monthly_budget import check_month, look_at_month
from saber_pipeline.purchasing.fence import Fence, NeverSentError
from saber_pipeline.runs.summaries.summary_reader import SummaryReader
from saber_pipeline.runs.summaries.summary_run_request import UNKNOWN_IN_A_ROW, Asked

logger = logging.getLogger(__name__)


def seconds_since_asked(client: SaberClient, request: SummaryRequest) -> float:
    """How long ago ``request`` was made, in time that has passed on this machine."""
    name = f"summary {request.domain} {request.at}"
    return client.stopwatch.seconds_since(name, at_api=request.at, on_machine=request.machine_at)


class SummaryAsker:
    """Asks about domains, many at once, and counts in ``asked`` what came of it."""

    def __init__(
        self, client: SaberClient, ledger: Ledger, reader: SummaryReader, settings: Settings, *, run_id: str
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._reader = reader
        self._settings = settings
        self._run_id = run_id
        self._again = AskAgain(
            after_asking=60 * settings.resolve_wait_minutes, after_nothing=3600 * settings.api_cache_hours
        )
        self.asked = Asked()
        self._fence = Fence(ledger, run_id, settings.lease_seconds)

    async def ask(self, domains: Sequence[str]) -> None:
        """Ask about each of ``domains`` that may be asked about, or stop at what says that no more can be."""
        waiting = deque(domains)

        async def ask_on() -> None:
            while waiting and self.asked.stopped_by is None:
                await self._ask(waiting.popleft())

        await asyncio.gather(*(ask_on() for _ in range(min(self._settings.concurrency, len(domains)))))

    async def _ask(self, domain: str) -> None:
        with self._ledger.transaction() as connection:
            live = live_runs(connection, lease_seconds=self._settings.lease_seconds)
            if self._is_beyond_the_month(connection):
                return
            may_ask = intend_summary(
                connection,
                domain,
                self._run_id,
                now=self._client.server_clock.now().timestamp(),
                machine_now=self._client.stopwatch.wall(),
                seconds_since=lambda before: seconds_since_asked(self._client, before),
                again=self._again,
                live_runs=live,
                lease_seconds=self._settings.lease_seconds,
                price=self.price(connection),
            )
            if not may_ask:
                return
        self._ledger.checkpoint()
        self.asked.posts += 1
        try:
            with self._fence.around(lambda connection: is_summary_intended(connection, domain, self._run_id)):
                made = await self._client.create_summary(domain)
        except NeverSentError as error:
            with self._ledger.transaction() as connection:
                give_back_summary(connection, domain, self._run_id)
            self.asked.posts -= 1
            logger.warning("%s", error)
        except ApiConflictError:
            self.asked.running.add(domain)
            self._note(domain, SummaryRequestState.RUNNING)
        except ApiOutcomeUnknownError as error:
            self._note_unknown(domain, error)
        except ApiError as error:
            self._note_refused(domain, error)
        else:
            self.asked.unknown_in_a_row = 0
            if made is None:
                self.asked.nothing.add(domain)
                self._note(domain, SummaryRequestState.NOTHING)
            else:
                self._reader.land_made(domain, made)
                self.asked.made.add(domain)
                self._note(domain, SummaryRequestState.MADE)

    def askable(self, connection: sa.Connection, domains: Sequence[str]) -> list[str]:
        """Those of ``domains`` about which ``ask`` would ask now."""
        return askable(
            connection,
            domains,
            seconds_since=lambda before: seconds_since_asked(self._client, before),
            again=self._again,
            live_runs=live_runs(connection, lease_seconds=self._settings.lease_seconds),
            lease_seconds=self._settings.lease_seconds,
        )

    def price(self, connection: sa.Connection) -> Decimal:
        """What a summary is reckoned at, in credits."""
        return summary_price(connection, price=self._settings.credits_per_signal)

    def check_month(self, connection: sa.Connection, summaries: int) -> None:
        """Compare what so many summaries may cost with what is left of SABER_MONTHLY_CREDITS.

        Raises:
            BudgetError: it is not covered.
        """
        look = look_at_month(connection, self._settings, now=self._client.server_clock.now(), run_id=self._run_id)
        spent = f"Before, {self.asked.posts:,} were asked for" if self.asked.posts else "Nothing was spent"
        check_month(look, summaries * self.price(connection), what=f"{summaries:,} summaries", spent=spent)

    def _is_beyond_the_month(self, connection: sa.Connection) -> bool:
        """Others may have spent meanwhile what was left when this run began."""
        try:
            self.check_month(connection, 1)
        except BudgetError as error:
            self.asked.stopped_by = self.asked.stopped_by or error
            return True
        return False

    def _note_unknown(self, domain: str, error: ApiError) -> None:
        self.asked.unknown[domain] = str(error)
        self.asked.unknown_in_a_row += 1
        self._note(domain, SummaryRequestState.UNKNOWN, str(error))
        logger.warning(
            "The reply about %s was lost (%s). It is looked for at Saber, and not asked again for %g minutes.",
            domain,
            error,
            self._settings.resolve_wait_minutes,
        )
        if self.asked.unknown_in_a_row >= UNKNOWN_IN_A_ROW:
            self.asked.stopped_by = self.asked.stopped_by or error

    def _note_refused(self, domain: str, error: ApiError) -> None:
        self.asked.refused[domain] = str(error)
        self._note(domain, SummaryRequestState.REFUSED, str(error))
        if isinstance(error, ApiInvalidError) and not is_out_of_credits(error):
            logger.warning("The API refuses to sum up %s: %s", domain, error)
        else:
            self.asked.stopped_by = self.asked.stopped_by or error

    def _note(self, domain: str, state: SummaryRequestState, reason: str | None = None) -> None:
        with self._ledger.transaction() as connection:
            note_summary_request(connection, domain, state, reason)
