"""Many purchases at once: what ends them early, and what becomes of those under way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest

from saber_pipeline.errors import StorageError
from saber_pipeline.ledger.runs import lease
from saber_pipeline.ledger.store import Ledger, get_value, set_value
from saber_pipeline.purchasing.fence import Fence
from saber_pipeline.purchasing.purchaser import Purchaser
from saber_pipeline.purchasing.result import Submitted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import sqlalchemy as sa

    from saber_pipeline.errors import ApiError
    from saber_pipeline.ledger.purchase_rows import Key

RUN = "run"
AT_ONCE = 3


class InterruptedFromOutsideError(BaseException):
    """As orchestrators raise it in the middle of whatever runs."""


@dataclass
class Letters(Purchaser[str, str, str]):
    """Items are letters. "a" fails when its reply is noted.

    The others' replies come some turns of the loop after an error, and never after an interruption.
    """

    failure: BaseException
    submitted: Submitted = field(default_factory=Submitted)
    under_way: asyncio.Barrier = field(default_factory=lambda: asyncio.Barrier(AT_ONCE))
    after_failure: asyncio.Event = field(default_factory=asyncio.Event)
    accepted: list[str] = field(default_factory=list)

    @property
    def tally(self) -> Submitted:
        return self.submitted

    def intend(self, connection: sa.Connection, item: str) -> str:
        set_value(connection, item, "intended")
        return item

    def key_of(self, intent: str) -> Key:
        raise AssertionError(intent)

    def is_intended(self, connection: sa.Connection, intent: str) -> bool:
        return get_value(connection, intent) == "intended"

    async def send_request(self, intent: str) -> str:
        self.fence.check(lambda connection: self.is_intended(connection, intent))
        await self.under_way.wait()
        if intent != "a":
            await self.after_failure.wait()
            for _ in range(10):
                await asyncio.sleep(0)
        return intent

    def give_back(self, connection: sa.Connection, intent: str) -> None:
        set_value(connection, intent, "never sent")

    async def note_accepted(self, intent: str, reply: str) -> None:
        if intent == "a":
            if isinstance(self.failure, Exception):
                self.after_failure.set()
            raise self.failure
        self.accepted.append(reply)

    def note_unknown(self, intent: str, error: ApiError) -> None:
        raise AssertionError(intent) from error

    def note_refused(self, intent: str, error: ApiError) -> None:
        raise AssertionError(intent) from error


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger.open(tmp_path / "ledger.sqlite")
    with lease(ledger, RUN, lease_seconds=60):
        yield ledger
    ledger.close()


def purchase(ledger: Ledger, failure: BaseException) -> Letters:
    """Purchase a to f; ``failure`` is raised while the reply to a is noted."""
    letters = Letters(cast("Any", None), ledger, Fence(ledger, RUN, 60), failure)
    with pytest.raises(type(failure)):
        asyncio.run(asyncio.wait_for(letters.purchase_each("abcdef", at_once=AT_ONCE), timeout=60))
    return letters


def test_what_fails_on_this_machine_leaves_the_purchases_under_way_their_end(ledger: Ledger) -> None:
    """Their replies may be all that ever shows that they were paid; nothing new begins."""
    letters = purchase(ledger, StorageError("the disk is full"))
    assert letters.accepted == ["b", "c"]
    assert letters.tally.posts == 3


def test_an_interruption_waits_for_nothing(ledger: Ledger) -> None:
    """Purchases under way stay intended, which the next run resolves."""
    letters = purchase(ledger, InterruptedFromOutsideError())
    assert letters.accepted == []
    with ledger.reading() as connection:
        assert [get_value(connection, letter) for letter in "abcd"] == ["intended"] * 3 + [None]
