"""The ledger's rules about researches: who may buy whom, and what becomes of what dead runs left."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.ledger.purchase_rows import RESEARCHES
from saber_pipeline.ledger.research import (
    ClaimRules,
    claim_people,
    claimed_people,
    close_research_requests,
    end_researches,
    free_dead_researches,
    free_person,
    intend_research,
    newest_purchases,
    refuse_research,
)
from saber_pipeline.ledger.runs import ClaimLostError
from saber_pipeline.ledger.tables import ResearchState
from saber_pipeline.ledger.write_ahead import accept, give_back, mark_unknown

if TYPE_CHECKING:
    from saber_pipeline.ledger.store import Ledger

PEOPLE = ["ada", "grace", "joan"]


def rules(*, force: bool = False, retry: bool = False, began: float = 0.0) -> ClaimRules:
    return ClaimRules(force_refresh=force, retry_unknown=retry, began=began)


def claim(ledger: Ledger, run_id: str, given: ClaimRules, people: list[str] = PEOPLE) -> int:
    with ledger.transaction() as connection:
        return claim_people(connection, run_id, people, given)


def send(ledger: Ledger, run_id: str) -> list[int]:
    """Intend everything a run has claimed; returns the numbers."""
    with ledger.transaction() as connection:
        numbers = [number for number, _ in claimed_people(connection, run_id)]
        for number in numbers:
            intend_research(connection, run_id, number, intended_at=0.0, price=Decimal(1))
        return numbers


def finish(ledger: Ledger, numbers: list[int]) -> None:
    with ledger.transaction() as connection:
        for number in numbers:
            accept(connection, RESEARCHES, (number,), research_id=f"r{number}")
        end_researches(connection, [(number, "completed") for number in numbers])


def bury(ledger: Ledger, *live: str) -> None:
    with ledger.transaction() as connection:
        free_dead_researches(connection, frozenset(live))


def states(ledger: Ledger) -> dict[str, ResearchState]:
    with ledger.reading() as connection:
        return {key: p.state for key, p in newest_purchases(connection, PEOPLE, with_due=True).items()}


def test_everybody_is_claimed_once(ledger: Ledger) -> None:
    """Who is claimed, being sent, bought or unknown is not claimed again; a refused one is free."""
    assert claim(ledger, "one", rules()) == 3
    assert claim(ledger, "two", rules()) == 0
    first, second, third = send(ledger, "one")
    assert claim(ledger, "two", rules()) == 0
    with ledger.transaction() as connection:
        mark_unknown(connection, RESEARCHES, (first,), "lost")
        refuse_research(connection, second, "invalid", out_of_credits=False)
    finish(ledger, [third])
    assert claim(ledger, "two", rules()) == 1
    with ledger.reading() as connection:
        assert [person for _, person in claimed_people(connection, "two")] == ["grace"]


def test_what_dead_runs_left(ledger: Ledger) -> None:
    """A dead run's claims are free, what it was sending is unknown; a living one keeps both."""
    claim(ledger, "dead", rules())
    with ledger.transaction() as connection:
        number, _ = claimed_people(connection, "dead")[0]
        intend_research(connection, "dead", number, intended_at=0.0, price=Decimal(1))
    bury(ledger, "dead")
    assert states(ledger)["ada"] is ResearchState.INTENDED
    bury(ledger)
    assert states(ledger) == {"ada": ResearchState.UNKNOWN}
    assert claim(ledger, "next", rules()) == 2


def test_a_lost_claim_is_not_sent(ledger: Ledger) -> None:
    """A run whose claim was taken over cannot write its intent, and so sends nothing."""
    claim(ledger, "slow", rules())
    with ledger.reading() as connection:
        numbers = [number for number, _ in claimed_people(connection, "slow")]
    bury(ledger)
    claim(ledger, "fast", rules())
    with pytest.raises(ClaimLostError), ledger.transaction() as connection:
        intend_research(connection, "slow", numbers[0], intended_at=0.0, price=Decimal(1))


def test_unknown_ones_wait_for_the_user(ledger: Ledger) -> None:
    """Only retry_unknown claims an unknown one, force does not; if the retry is refused it is unknown again."""
    claim(ledger, "one", rules(), ["ada"])
    (number,) = send(ledger, "one")
    with ledger.transaction() as connection:
        mark_unknown(connection, RESEARCHES, (number,), "lost")
    assert claim(ledger, "two", rules(force=True), ["ada"]) == 0
    assert claim(ledger, "two", rules(retry=True), ["ada"]) == 1
    (again,) = send(ledger, "two")
    with ledger.transaction() as connection:
        refuse_research(connection, again, "no credits", out_of_credits=True)
    assert states(ledger) == {"ada": ResearchState.UNKNOWN}


def test_a_forced_request_is_continued_until_it_is_published(ledger: Ledger) -> None:
    """A forced run that died is continued by the next one; a new one begins when its results were published."""
    claim(ledger, "one", rules(force=True))
    with ledger.transaction() as connection:
        number, _ = claimed_people(connection, "one")[0]
        intend_research(connection, "one", number, intended_at=0.0, price=Decimal(1))
    finish(ledger, [number])
    bury(ledger)
    assert set(states(ledger).values()) == {ResearchState.ENDED, ResearchState.DUE}
    assert claim(ledger, "two", rules(force=True)) == 2
    finish(ledger, send(ledger, "two"))
    assert claim(ledger, "three", rules(force=True)) == 0
    beside = time.time()
    with ledger.transaction() as connection:
        close_research_requests(connection, published_before=time.time())
    assert claim(ledger, "beside", rules(force=True, began=beside)) == 0
    assert claim(ledger, "later", rules(force=True, began=time.time())) == 3


def test_an_unforced_run_takes_up_what_a_forced_one_left(ledger: Ledger) -> None:
    """People a dead forced run never sent are bought once by an unforced run, which continues that request."""
    claim(ledger, "one", rules(force=True))
    bury(ledger)
    assert claim(ledger, "two", rules()) == 3
    finish(ledger, send(ledger, "two"))
    assert claim(ledger, "three", rules(force=True)) == 0


def test_people_on_their_way_join_a_forced_request(ledger: Ledger) -> None:
    """Who is being researched anyway is not bought again by a forced run, nor by its repetition."""
    claim(ledger, "one", rules())
    numbers = send(ledger, "one")
    assert claim(ledger, "two", rules(force=True)) == 0
    finish(ledger, numbers)
    assert claim(ledger, "two", rules(force=True)) == 0


def test_credits_that_ended_leave_a_forced_one_due(ledger: Ledger) -> None:
    """Refused for credits, a person is due again in the forced request, and owned as before without force."""
    claim(ledger, "one", rules(), ["ada"])
    finish(ledger, send(ledger, "one"))
    claim(ledger, "two", rules(force=True), ["ada"])
    (number,) = send(ledger, "two")
    with ledger.transaction() as connection:
        refuse_research(connection, number, "no credits", out_of_credits=True)
    assert claim(ledger, "three", rules(), ["ada"]) == 0
    assert claim(ledger, "four", rules(force=True), ["ada"]) == 1


@pytest.mark.parametrize("comes_back", ["never sent", "refused for credits"])
def test_who_comes_back_to_a_closed_request_is_bought_once(ledger: Ledger, comes_back: str) -> None:
    """Whom a run that stood still gives back to a request closed meanwhile, the next forced run buys, and once."""
    claim(ledger, "slow", rules(force=True))
    first, *others = send(ledger, "slow")
    finish(ledger, others)
    bury(ledger)
    assert states(ledger)["ada"] is ResearchState.UNKNOWN
    with ledger.transaction() as connection:
        close_research_requests(connection, published_before=time.time())
        if comes_back == "never sent":
            give_back(connection, RESEARCHES, (first,), "slow", lambda: free_person(connection, first))
        else:
            refuse_research(connection, first, "no credits", out_of_credits=True)
    following = rules(force=True, began=time.time())
    assert claim(ledger, "next", following) == 1
    finish(ledger, send(ledger, "next"))
    assert claim(ledger, "next", following) == 0
