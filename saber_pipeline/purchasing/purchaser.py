"""The one way to purchase: written down, fenced, sent once, and what came of it written down.

Batches, single creates, contact research and summaries are purchased by it, and written into the ledger by one state
machine (``ledger/write_ahead.py``). They differ in what they claim, in what they send, and in what a reply means, which
are the methods that each of them gives.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import ClassVar, Generic, TypeVar

import sqlalchemy as sa

from saber_pipeline.api.client import SaberClient
from saber_pipeline.errors import ApiError, ApiOutcomeUnknownError, PipelineError
from saber_pipeline.ledger import write_ahead
from saber_pipeline.ledger.purchase_rows import Key, PurchaseRows
from saber_pipeline.ledger.runs import ClaimLostError
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.purchasing.fence import Fence, NeverSentError

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Intent = TypeVar("Intent")
Reply = TypeVar("Reply")


FRUITLESS_REFUSALS = 40
"""After so many consecutive refusals something is wrong with all of them: the rest is not sent."""

UNKNOWN_IN_A_ROW = 3
"""Send nothing more after this many consecutive lost replies: what may have been paid for is not added to."""


@dataclass
class Tally:
    """What purchasing brought. ``posts`` counts what was sent, ``unknown_in_a_row`` replies lost since one arrived.

    ``stopped_by`` is why nothing more is bought, None when all was sent.
    """

    posts: int = 0
    unknown_in_a_row: int = 0
    stopped_by: PipelineError | None = None

    @property
    def may_go_on(self) -> bool:
        """Whether more may be sent."""
        return self.stopped_by is None


@dataclass
class Purchaser(ABC, Generic[Item, Intent, Reply]):
    """Purchases each ``Item``, written down as an ``Intent``, with a request that brings a ``Reply``."""

    client: SaberClient
    ledger: Ledger
    fence: Fence
    rows: ClassVar[PurchaseRows]
    """Where these purchases are written ahead."""

    @property
    def run_id(self) -> str:
        """The run that purchases."""
        return self.fence.run_id

    @property
    @abstractmethod
    def tally(self) -> Tally:
        """Where it is counted what came of the purchases."""

    @property
    def may_go_on(self) -> bool:
        """Whether another purchase may begin."""
        return self.tally.may_go_on

    async def purchase_each(
        self, items: Iterable[Item], *, at_once: int, tell: Callable[[int], None] = lambda _: None
    ) -> None:
        """Purchase ``items``, so many at once, or stop at what says that no more can be purchased now.

        What fails on this machine begins nothing new, and the purchases under way end first: for some products nothing
        at the API could show later whether they were paid.
        ``tell`` hears how many are done with.
        """
        waiting = deque(items)
        done = count(1)

        async def purchase_on() -> None:
            try:
                while waiting and self.may_go_on:
                    await self.purchase(waiting.popleft())
                    tell(next(done))
            except BaseException:
                waiting.clear()
                raise

        if not waiting:
            return
        senders = [asyncio.ensure_future(purchase_on()) for _ in range(min(at_once, len(waiting)))]
        try:
            ended, under_way = await asyncio.wait(senders, return_when=asyncio.FIRST_EXCEPTION)
            if under_way and all(isinstance(sender.exception(), Exception | None) for sender in ended):
                ended, _ = await asyncio.wait(senders)
        finally:
            for sender in senders:  # an interruption waits for none of them
                sender.cancel()
        failures = [failure for sender in ended if (failure := sender.exception()) is not None]
        if failures:
            raise failures[0]

    async def purchase(self, item: Item) -> None:
        """Purchase ``item``. A lost reply, a refusal and a claim that another run took are noted, not raised."""
        try:
            with self.ledger.transaction() as connection:
                intent = self.intend(connection, item)
        except ClaimLostError as error:
            self.note_claim_lost(error)
            return
        if intent is None:
            return
        self.ledger.checkpoint()
        self.tally.posts += 1
        try:
            with self.fence.around(lambda connection: self.is_intended(connection, intent)):
                reply = await self.send_request(intent)
        except NeverSentError as error:
            with self.ledger.transaction() as connection:
                self.give_back(connection, intent)
            self.tally.posts -= 1
            logger.warning("%s", error)
        except ApiOutcomeUnknownError as error:
            self.tally.unknown_in_a_row += 1
            self.note_unknown(intent, error)
            self._mark_unknown(intent, error)
        except ApiError as error:
            self.note_refused(intent, error)
        else:
            self.tally.unknown_in_a_row = 0
            await self.note_accepted(intent, reply)

    def note_claim_lost(self, error: ClaimLostError) -> None:
        """Another run has what this one was about to send: nothing was written down, and nothing is sent."""
        logger.warning("%s", error)

    @abstractmethod
    def intend(self, connection: sa.Connection, item: Item) -> Intent | None:
        """Write down that ``item`` is about to be sent; None where it must not be.

        Raises:
            ClaimLostError: another run took it over; nothing was written.
        """

    @abstractmethod
    def key_of(self, intent: Intent) -> Key:
        """The name of the purchase in ``rows``."""

    def is_intended(self, connection: sa.Connection, intent: Intent) -> bool:
        """Whether it is still this run's to send."""
        return write_ahead.is_intended(connection, self.rows, self.key_of(intent), self.fence.run_id)

    @abstractmethod
    async def send_request(self, intent: Intent) -> Reply:
        """Send it, once. Raises ApiError."""

    def give_back(self, connection: sa.Connection, intent: Intent) -> None:
        """It was never sent."""
        free = partial(self.free_claims, connection, intent)
        write_ahead.give_back(connection, self.rows, self.key_of(intent), self.fence.run_id, free)

    def free_claims(self, connection: sa.Connection, intent: Intent) -> None:
        """What was claimed for it is due again; nothing where a purchase needs no claim."""

    @abstractmethod
    async def note_accepted(self, intent: Intent, reply: Reply) -> None:
        """The API has taken it."""

    @abstractmethod
    def note_unknown(self, intent: Intent, error: ApiError) -> None:
        """It may have had its effect, which the ledger is told next."""

    @abstractmethod
    def note_refused(self, intent: Intent, error: ApiError) -> None:
        """It certainly had no effect."""

    def _mark_unknown(self, intent: Intent, error: ApiError) -> None:
        at, machine_at = self.client.server_clock.now().timestamp(), self.client.stopwatch.wall()
        with self.ledger.transaction() as connection:
            write_ahead.mark_unknown(
                connection, self.rows, self.key_of(intent), str(error), at=at, machine_at=machine_at
            )
