"""Requests for missing summaries: each is recorded in the ledger before it is sent, and none is repeated blindly."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import sqlalchemy as sa

from saber_pipeline.api.client import SaberClient
from saber_pipeline.errors import ApiConflictError, ApiError, ApiInvalidError, BudgetError, is_out_of_credits
from saber_pipeline.ledger.purchase_rows import REQUESTS, Key
from saber_pipeline.ledger.spending import summary_price
from saber_pipeline.ledger.summary_requests import AskAgain, askable, intend_summary
from saber_pipeline.ledger.tables import SummaryRequestState
from saber_pipeline.ledger.write_ahead import accept, refuse
from saber_pipeline.planning.monthly_budget import check_month, read_month
from saber_pipeline.products.product import SUMMARIES
from saber_pipeline.purchasing.fence import Fence
from saber_pipeline.purchasing.purchaser import UNKNOWN_IN_A_ROW, Purchaser
from saber_pipeline.runs.summaries.summary_reader import SummaryReader
from saber_pipeline.runs.summaries.summary_run_request import Asked
from saber_pipeline.runs.summaries.summary_state import SummaryRun, seconds_since_asked

logger = logging.getLogger(__name__)


class SummaryAsker(Purchaser[str, str, Mapping[str, Any] | None]):
    """Requests summaries of companies, many at once, and counts the outcomes in ``asked``."""

    rows = REQUESTS

    def __init__(self, run: SummaryRun, client: SaberClient, reader: SummaryReader) -> None:
        super().__init__(client, run.ledger, Fence(run.ledger, run.run_id, run.settings.lease_seconds))
        self._run = run
        self._reader = reader
        self._again = AskAgain(
            after_asking=60 * run.settings.resolve_wait_minutes,
            after_nothing=3600 * run.settings.api_cache_hours,
            seconds_since=partial(seconds_since_asked, client),
            lease_seconds=run.settings.lease_seconds,
        )
        self.asked = run.asked

    @property
    def tally(self) -> Asked:
        """Everything that the run requested."""
        return self.asked

    def intend(self, connection: sa.Connection, item: str) -> str | None:
        """Record the request, unless the company may not be asked about, or the month's credits are spent."""
        if self._is_beyond_the_month(connection):
            return None
        may_ask = intend_summary(
            connection,
            item,
            self._run.run_id,
            self._again,
            now=self.client.server_clock.now().timestamp(),
            machine_now=self.client.stopwatch.wall(),
            price=self.price(connection),
        )
        return item if may_ask else None

    def key_of(self, intent: str) -> Key:
        """The domain and the run."""
        return intent, self._run.run_id

    async def send_request(self, intent: str) -> Mapping[str, Any] | None:
        """Request the summary of the domain; None where there is nothing to sum up."""
        return await self.client.create_summary(intent)

    async def note_accepted(self, intent: str, reply: Mapping[str, Any] | None) -> None:
        """The summary is being made, or there is nothing to sum up."""
        if reply is None:
            self.asked.nothing.add(intent)
            self._made_none(intent, SummaryRequestState.NOTHING)
        else:
            self._reader.land_made(intent, reply)
            self.asked.made.add(intent)
            with self.ledger.transaction() as connection:
                accept(connection, self.rows, self.key_of(intent), state=SummaryRequestState.MADE, reason=None)

    def askable(self, connection: sa.Connection, domains: Sequence[str]) -> list[str]:
        """Those of ``domains`` whose summaries may be requested now."""
        return askable(connection, domains, self._again)

    def price(self, connection: sa.Connection) -> Decimal:
        """The credits that a summary is expected to cost."""
        return summary_price(connection, price=self._run.settings.credits_per_signal)

    def check_month(self, connection: sa.Connection, summaries: int) -> None:
        """Compare the expected cost of so many summaries with what is left of SABER_MONTHLY_CREDITS.

        Raises:
            BudgetError: it is not covered.
        """
        budget = read_month(connection, self._run.settings, now=self.client.server_clock.now(), run_id=self._run.run_id)
        check_month(budget, SUMMARIES, summaries, self.price(connection), bought=self.asked.posts)

    def _is_beyond_the_month(self, connection: sa.Connection) -> bool:
        """Whether other runs have spent meanwhile what was left of the month when this run began."""
        try:
            self.check_month(connection, 1)
        except BudgetError as error:
            self.asked.stopped_by = self.asked.stopped_by or error
            return True
        return False

    def note_unknown(self, intent: str, error: ApiError) -> None:
        """The listing of the domain's summaries shows it, if there is one."""
        self.asked.unknown[intent] = str(error)
        logger.warning(
            "The reply about %s was lost (%s). The run looks for the summary at Saber, and does not request it again "
            "for %g minutes.",
            intent,
            error,
            self._run.settings.resolve_wait_minutes,
        )
        if self.asked.unknown_in_a_row >= UNKNOWN_IN_A_ROW:
            self.asked.stopped_by = self.asked.stopped_by or error

    def note_refused(self, intent: str, error: ApiError) -> None:
        """A conflict says that a summary is being made; what means more than this domain stops the run's purchases."""
        if isinstance(error, ApiConflictError):
            self.asked.running.add(intent)
            self._made_none(intent, SummaryRequestState.RUNNING)
            return
        self.asked.refused[intent] = str(error)
        self._made_none(intent, SummaryRequestState.REFUSED, str(error))
        if isinstance(error, ApiInvalidError) and not is_out_of_credits(error):
            logger.warning("The API refuses to summarise %s: %s", intent, error)
        else:
            self.asked.stopped_by = self.asked.stopped_by or error

    def _made_none(self, domain: str, state: SummaryRequestState, reason: str | None = None) -> None:
        with self.ledger.transaction() as connection:
            refuse(connection, self.rows, self.key_of(domain), reason, state=state)
