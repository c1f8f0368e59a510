"""Purchases of research, many at once: each is recorded in the ledger before it is sent."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import sqlalchemy as sa

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.contacts import ContactResearch, ContactResearchRequest
from saber_pipeline.errors import ApiError, ApiInvalidError, is_out_of_credits
from saber_pipeline.inputs.people import Person
from saber_pipeline.ledger.purchase_rows import RESEARCHES, Key
from saber_pipeline.ledger.research import free_person, intend_research, refuse_research
from saber_pipeline.ledger.write_ahead import accept
from saber_pipeline.purchasing.fence import Fence
from saber_pipeline.purchasing.purchaser import FRUITLESS_REFUSALS, UNKNOWN_IN_A_ROW, Purchaser
from saber_pipeline.runs.research.research_run_request import Sent
from saber_pipeline.runs.research.research_state import ResearchRun

logger = logging.getLogger(__name__)

Claimed = tuple[int, str]
"""The number of a purchase, and the person's id."""

SENT_AT_ONCE = 16
"""No more than these can end with an unknown outcome when a connection breaks; the API's limit for writes is slower."""


class ResearchSender(Purchaser[Claimed, Claimed, ContactResearch]):
    """Sends what a run has claimed, and counts in its ``sent`` what came of it.

    An interrupted run sends nothing new, and waits for the replies to what is under way: nothing at the API could show
    later whether these were paid.
    """

    rows = RESEARCHES

    def __init__(self, run: ResearchRun, client: SaberClient) -> None:
        super().__init__(client, run.ledger, Fence(run.ledger, run.run_id, run.settings.lease_seconds))
        self._run = run
        self._sent = run.sent
        self._fruitless = 0

    async def send(self, claimed: Sequence[Claimed]) -> None:
        """Send ``claimed``, or stop at what says that no more can be purchased now."""
        await self.purchase_each(claimed, at_once=min(SENT_AT_ONCE, self._run.settings.concurrency))

    @property
    def tally(self) -> Sent:
        """What the whole run sent."""
        return self._sent

    @property
    def may_go_on(self) -> bool:
        """Whether another purchase may begin."""
        return self._sent.may_go_on and not self._run.stop.is_set()

    def intend(self, connection: sa.Connection, item: Claimed) -> Claimed:
        """Write the purchase down."""
        number, _ = item
        intend_research(
            connection,
            self._run.run_id,
            number,
            intended_at=self.client.server_clock.now().timestamp(),
            machine_at=self.client.stopwatch.wall(),
            price=self._run.settings.credits_per_signal,
        )
        return item

    def key_of(self, intent: Claimed) -> Key:
        """The number of the purchase."""
        return (intent[0],)

    def free_claims(self, connection: sa.Connection, intent: Claimed) -> None:
        """The person is due again."""
        free_person(connection, intent[0])

    async def send_request(self, intent: Claimed) -> ContactResearch:
        """Ask for the research of one person."""
        return await self.client.create_contact_research(
            _request(self._person(intent), webhook_url=self._run.settings.webhook_url)
        )

    async def note_accepted(self, intent: Claimed, reply: ContactResearch) -> None:
        """The reply names the research."""
        number, person_id = intent
        with self.ledger.transaction() as connection:
            accept(connection, self.rows, (number,), research_id=reply.id, reason=None)
        self.client.server_clock.observe_stamp(reply.created_at, is_new=False)
        self._sent.bought.add(person_id)
        self._sent.unknown.pop(person_id, None)
        self._fruitless = 0

    def note_unknown(self, intent: Claimed, error: ApiError) -> None:
        """It is not repeated: nothing at the API could show whether it was paid."""
        _, person_id = intent
        self._sent.unknown[person_id] = str(error)
        logger.warning(
            "The reply to the purchase for %s was lost (%s). It may have cost %s credits, and nothing at the API can "
            "show it: it is not repeated unless retry_unknown is set.",
            self._person(intent),
            error,
            self._run.settings.credits_per_signal,
        )
        if self._sent.unknown_in_a_row >= UNKNOWN_IN_A_ROW and self._sent.stopped_by is None:
            self._sent.stopped_by = error

    def note_refused(self, intent: Claimed, error: ApiError) -> None:
        """The person is left out where the refusal means them; any other refusal stops the run's purchases."""
        number, person_id = intent
        lacks_credits = is_out_of_credits(error)
        with self.ledger.transaction() as connection:
            refuse_research(connection, number, str(error), out_of_credits=lacks_credits)
        if isinstance(error, ApiInvalidError) and not lacks_credits:
            self._sent.refused[person_id] = str(error)
            self._fruitless += 1
            logger.warning("The API refuses %s: %s", self._person(intent), error)
            if self._fruitless < FRUITLESS_REFUSALS:
                return
        elif lacks_credits:
            self._sent.lack_credits({person_id: str(error)})
        self._sent.stopped_by = self._sent.stopped_by or error

    def _person(self, claimed: Claimed) -> Person:
        _, person_id = claimed
        return self._run.selection.people[person_id]


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
