"""Reading researches by their ids until they have ended: landed first, then settled in the ledger."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.contacts import ContactResearch
from saber_pipeline.api.error_bodies import read_error
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.errors import ApiError, ApiNotFoundError
from saber_pipeline.ledger.research import Purchase, end_researches, refuse_research
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.products.product import CONTACT_RESEARCH
from saber_pipeline.purchasing.refusals import lacks_credits
from saber_pipeline.warehouse.landed_records import RecordKind, land_records

logger = logging.getLogger(__name__)

READS_AT_ONCE = 256

SURE_LOOKS = 3
"""So often in a row Saber has not known a research before that is believed: one such reply may be a mistake."""

GONE = (
    "Saber made this research, and has not known it any more for longer than one may take. It is paid for and is not "
    "bought again; a forced refresh buys it anew."
)
GONE_CODE = "RESEARCH_GONE"


@dataclass
class ResearchReader:
    """Reads the researches of purchases whose id is known, whichever run made the purchases.

    ``can_pay_no``: whether the balance is too small for so many researches, where a run knows that better.
    """

    client: SaberClient
    ledger: Ledger
    paths: DataPaths
    run_id: str
    stuck_hours: float
    price: Decimal
    can_pay_no: Callable[[int], Awaitable[bool]] | None = None
    failed_for_credits: dict[str, str] = field(default_factory=dict)  # person id -> what the API said
    _looks_in_vain: Counter[int] = field(default_factory=Counter)  # by purchase, since Saber knew it last

    async def read(self, purchases: Sequence[Purchase]) -> int:
        """Read these, and land and settle those that have ended; returns how many did.

        Raises:
            ApiError: some could not be read; what could be has landed.
        """
        ended = 0
        for start in range(0, len(purchases), READS_AT_ONCE):
            some = [purchase for purchase in purchases[start : start + READS_AT_ONCE] if purchase.research_id]
            replies = await asyncio.gather(*(self._read_one(purchase) for purchase in some))
            found = [
                (purchase, reply)
                for purchase, reply in zip(some, replies, strict=True)
                if isinstance(reply, ContactResearch) and (reply.is_done or self._took_too_long(purchase, reply))
            ]
            await self._settle(found)
            ended += len(found)
            problem = next((reply for reply in replies if isinstance(reply, ApiError)), None)
            if problem is not None:
                raise problem
        return ended

    async def _read_one(self, purchase: Purchase) -> ContactResearch | ApiError | None:
        try:
            research = await self.client.get_contact_research(purchase.research_id or "")
        except ApiNotFoundError:
            return self._not_found(purchase)
        except ApiError as error:
            return error
        del self._looks_in_vain[purchase.number]
        return research

    def _not_found(self, purchase: Purchase) -> ContactResearch | None:
        """None while Saber may still know it; after that it has failed, or every run would wait for it for good."""
        self._looks_in_vain[purchase.number] += 1
        looks = self._looks_in_vain[purchase.number]
        if looks == 1:
            logger.warning("The API does not know the research %s any more, or not yet.", purchase.research_id)
        told = {"id": purchase.research_id, "status": "failed", "error": GONE, "errorCode": GONE_CODE}
        gone = ContactResearch(purchase.research_id or "", "failed", None, GONE, told)
        return gone if looks >= SURE_LOOKS and self._took_too_long(purchase, gone) else None

    def _took_too_long(self, purchase: Purchase, research: ContactResearch) -> bool:
        if purchase.intended_at is None:
            return False
        # Of the two measures each may say too little where clocks are wrong, neither too much.
        waited = self.client.stopwatch.seconds_since(
            f"research {purchase.number}", at_api=purchase.intended_at, on_machine=purchase.machine_intended_at
        )
        since_made = timedelta()
        if research.created_at is not None:
            since_made = self.client.server_clock.earliest() - research.created_at
        return max(timedelta(seconds=waited), since_made) > timedelta(hours=self.stuck_hours)

    async def _settle(self, found: Sequence[tuple[Purchase, ContactResearch]]) -> None:
        if not found:
            return
        land_records(
            self.paths,
            RecordKind(CONTACT_RESEARCH.landed_as),
            (
                ({"person_id": purchase.person_id}, json.dumps(dict(research.details), ensure_ascii=False).encode())
                for purchase, research in found
            ),
            run_id=self.run_id,
        )
        unpaid = await self._unpaid(found)
        self.failed_for_credits |= {purchase.person_id: research.error or "" for purchase, research in unpaid}
        with self.ledger.transaction() as connection:
            for purchase, research in unpaid:
                refuse_research(connection, purchase.number, research.error or "", out_of_credits=True)
            end_researches(
                connection,
                ((purchase.number, "completed" if research.is_completed else "failed") for purchase, research in found),
            )

    async def _unpaid(
        self, found: Sequence[tuple[Purchase, ContactResearch]]
    ) -> list[tuple[Purchase, ContactResearch]]:
        """Those that failed for want of credits: by a code, or where there is only a text, by the balance."""
        failed = [
            (purchase, research, read_error(research.details)) for purchase, research in found if research.is_failed
        ]
        unclear = sum(told.is_bare_text for *_, told in failed)
        can_pay_no = self.can_pay_no or (lambda researches: lacks_credits(self.client, researches * self.price))
        is_empty = unclear > 0 and await can_pay_no(unclear)
        return [
            (purchase, research)
            for purchase, research, told in failed
            if told.names_payment or (told.is_bare_text and is_empty)
        ]
