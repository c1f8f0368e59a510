"""What a sender of claimed pairs does once another run has some of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from saber_pipeline.config.settings import Settings
from saber_pipeline.ledger.runs import ClaimLostError
from saber_pipeline.purchasing.fence import Fence
from saber_pipeline.purchasing.pair_purchaser import PairIntent, PairPurchaser
from saber_pipeline.purchasing.result import Submitted

if TYPE_CHECKING:
    import pytest
    import sqlalchemy as sa

    from saber_pipeline.errors import ApiError
    from saber_pipeline.ledger.store import Ledger

PAIRS = 5


@dataclass
class Lost(PairPurchaser[int, PairIntent, int]):
    """Every pair is another run's when it is to be sent."""

    tried: list[int] = field(default_factory=list)

    def intend(self, _connection: sa.Connection, item: int) -> PairIntent:
        self.tried.append(item)
        raise ClaimLostError(f"pair {item} is another run's")

    async def send_request(self, intent: PairIntent) -> int:
        raise AssertionError(intent)

    async def note_accepted(self, intent: PairIntent, _reply: int) -> None:
        raise AssertionError(intent)

    def note_refused(self, intent: PairIntent, error: ApiError) -> None:
        raise AssertionError(intent) from error


def test_nothing_more_of_what_may_be_taken_is_tried(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    """Where runs take claims over, the first that is lost ends the sending, without a warning; a new look goes on."""
    lost = Lost(cast("Any", None), ledger, Fence(ledger, "run", 60), {}, Settings(), Submitted())
    for _ in range(2):
        lost.begin()
        asyncio.run(lost.purchase_each(range(PAIRS), at_once=1))
    warned = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    if ledger.is_in_a_database:
        assert (lost.tried, warned) == ([0, 0], [])
        assert not lost.may_go_on
    else:
        assert lost.tried == [*range(PAIRS)] * 2
        assert warned == [f"pair {number} is another run's" for number in lost.tried]
