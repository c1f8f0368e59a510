"""Buying researches one by one, many at once: each is written down before it is sent."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.contacts import ContactResearchRequest
from saber_pipeline.errors import ApiError, ApiInvalidError, ApiOutcomeUnknownError, is_out_of_credits
from saber_pipeline.inputs.people import Person
from saber_pipeline.ledger.research import (
    ResearchClaimLostError,
    accept_research,
    give_back_research,
    intend_research,
    is_research_intended,
    mark_research_unknown,
    refuse_research,
)
from saber_pipeline.purchasing.fence import Fence, NeverSentError
from saber_pipeline.runs.research.research_run_request import UNKNOWN_IN_A_ROW
from saber_pipeline.runs.research.research_state import ResearchRun

logger = logging.getLogger(__name__)

SENT_AT_ONCE = 16
"""No more than these can end with an unknown outcome when a connection breaks; the API's limit for writes is slower."""

FRUITLESS_REFUSALS = 40
"""So many refusals in a row, and the rest is not sent: something is wrong with all of them."""


class ResearchSender:
    """Sends what a run has claimed, and counts in its ``sent`` what came of it."""

    def __init__(self, run: ResearchRun, client: SaberClient) -> None:
        self._run = run
        self._client = client
        self._sent = run.sent
        self._fruitless = 0
        self._fence = Fence(run.ledger, run.run_id, run.settings.lease_seconds)

    async def send(self, claimed: Sequence[tuple[int, str]]) -> None:
        """Send ``(number, person_id)``, or stop at what says that no more can be bought now.

        An interrupted run sends nothing new, and waits for the replies to what is under way: nothing at the
        API could show later whether these were bought.
        """
        waiting = deque(claimed)

        async def send_on() -> None:
            while waiting and self._sent.may_go_on and not self._run.stop.is_set():
                await self._send(*waiting.popleft())

        at_once = min(SENT_AT_ONCE, self._run.settings.concurrency, len(claimed))
        await asyncio.gather(*(send_on() for _ in range(at_once)))

    async def _send(self, number: int, person_id: str) -> None:
        try:
            with self._run.ledger.transaction() as connection:
                intend_research(
                    connection,
                    self._run.run_id,
                    number,
                    intended_at=self._client.server_clock.now().timestamp(),
                    machine_at=self._client.stopwatch.wall(),
                    price=float(self._run.settings.credits_per_signal),
                )
            self._run.ledger.checkpoint()
        except ResearchClaimLostError as error:
            logger.warning("%s", error)
            return
        self._sent.posts += 1
        person = self._run.selection.people[person_id]
        run = self._run
        try:
            with self._fence.around(lambda connection: is_research_intended(connection, number, run.run_id)):
                research = await self._client.create_contact_research(
                    _request(person, webhook_url=run.settings.webhook_url)
                )
        except NeverSentError as error:
            with run.ledger.transaction() as connection:
                give_back_research(connection, number, run.run_id)
            self._sent.posts -= 1
            logger.warning("%s", error)
        except ApiOutcomeUnknownError as error:
            self._note_unknown(number, person_id, person, error)
        except ApiError as error:
            self._note_refused(number, person_id, person, error)
        else:
            with self._run.ledger.transaction() as connection:
                accept_research(connection, number, research.id)
            self._client.server_clock.observe_stamp(research.created_at, is_new=False)
            self._sent.bought.add(person_id)
            self._sent.unknown.pop(person_id, None)
            self._sent.unknown_in_a_row = self._fruitless = 0

    def _note_unknown(self, number: int, person_id: str, person: Person, error: ApiError) -> None:
        with self._run.ledger.transaction() as connection:
            mark_research_unknown(connection, number, str(error))
        self._sent.unknown[person_id] = str(error)
        self._sent.unknown_in_a_row += 1
        logger.warning(
            "The reply to the purchase for %s was lost (%s). It may have cost %s credits, and nothing at the API can "
            "show it: it is not repeated unless retry_unknown is set.",
            person,
            error,
            self._run.settings.credits_per_signal,
        )
        if self._sent.unknown_in_a_row >= UNKNOWN_IN_A_ROW and self._sent.stopped_by is None:
            self._sent.stopped_by = error

    def _note_refused(self, number: int, person_id: str, person: Person, error: ApiError) -> None:
        lacks_credits = is_out_of_credits(error)
        with self._run.ledger.transaction() as connection:
            refuse_research(connection, number, str(error), out_of_credits=lacks_credits)
        if isinstance(error, ApiInvalidError) and not lacks_credits:
            self._sent.refused[person_id] = str(error)
            self._fruitless += 1
            logger.warning("The API refuses %s: %s", person, error)
            if self._fruitless < FRUITLESS_REFUSALS:
                return
        elif lacks_credits:
            self._sent.lack_credits({person_id: str(error)})
        self._sent.stopped_by = self._sent.stopped_by or error


def _request(person: Person, *, webhook_url: str | None) -> ContactResearchRequest:
    return ContactResearchRequest(
        first_name=person.first_name,
        last_name=person.last_name,
        company_name=person.company_name,
        company_domain=person.company_domain,
        contact_profile_url=person.contact_profile_url,
        linked_in_sales_navigator_url=person.sales_navigator_url,
        job_title=person.job_title,
        webhook_url=webhook_url,
    )
