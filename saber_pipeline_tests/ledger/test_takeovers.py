"""Claims that move from one run to another: which ones may, and who has a pair when both want it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.awaited_pairs import await_pairs
from saber_pipeline.ledger.claims import Candidate, ClaimedPair, Pair, claim, claim_forced, claimed_slice, skip_pairs
from saber_pipeline.ledger.purchases import intend
from saber_pipeline.ledger.runs import ClaimLostError, lease, workers
from saber_pipeline.ledger.tables import PairState, SkipKind
from saber_pipeline.ledger.takeovers import KEEPS, keep_claims, last_claimed, skipped_for, take_over, takeable
from saber_pipeline.products.product import Route

if TYPE_CHECKING:
    from saber_pipeline.ledger.purchases import Submission
    from saber_pipeline.ledger.store import Ledger

PAIRS = [Pair("mood", f"company{number}.com") for number in range(10)]
LIVE = ("giver", "taker")


def claim_for(ledger: Ledger, *, pairs: list[Pair] = PAIRS, forced: bool = False) -> None:
    """The giver claims these pairs, and the taker waits for all of them."""
    candidates = [Candidate(*pair, is_cached=False, list_name="givers") for pair in pairs]
    with ledger.transaction() as connection:
        (claim_forced if forced else claim)(connection, "giver", candidates)
        await_pairs(connection, "taker", PAIRS)


def may_take(ledger: Ledger, *, most: int = 100, live: tuple[str, ...] = LIVE) -> list[Pair]:
    """What the taker may take now, last ones first."""
    with ledger.reading() as connection:
        found = takeable(connection, "taker", ["mood"], live_runs=live)
        if not found:
            return []
        pairs = last_claimed(connection, "taker", "giver", ["mood"], subjects=100, most=most)
        assert (found[0].run_id, found[0].subjects) == ("giver", found[0].pairs)
        assert len(pairs) == min(most, found[0].pairs)
    return pairs


def send(ledger: Ledger, run_id: str, pairs: list[ClaimedPair]) -> Submission:
    """The run writes down that it is about to send these."""
    with ledger.transaction() as connection:
        return intend(
            connection, run_id=run_id, route=Route.SINGLE, force_refresh=False, pairs=pairs, intended_at=1_790_000_000.0
        )


def of(ledger: Ledger, run_id: str) -> list[ClaimedPair]:
    """What the run has claimed, as it would send it."""
    with ledger.reading() as connection:
        return claimed_slice(connection, run_id, 100)


def test_the_last_ones(ledger: Ledger) -> None:
    """A run takes what another one would come to last, for its own list; both then have what they have, and no more."""
    claim_for(ledger)
    block = may_take(ledger, most=4)
    assert block == PAIRS[:5:-1]
    with ledger.transaction() as connection:
        assert take_over(connection, "taker", "giver", block, list_name="takers") == 4
        assert take_over(connection, "taker", "giver", block) == 0
    assert [pair.subject for pair in of(ledger, "giver")] == [pair.subject for pair in PAIRS[:6]]
    assert [pair.subject for pair in of(ledger, "taker")] == [pair.subject for pair in PAIRS[6:]]
    with ledger.reading() as connection:
        lists = connection.execute(sa.select(t.pairs.c.run_id, t.pairs.c.list_name).distinct()).all()
    assert {tuple(row) for row in lists} == {("giver", "givers"), ("taker", "takers")}


def test_in_the_middle_of_sending(ledger: Ledger) -> None:
    """Whoever comes first has a pair: what is written down stays with its run, what was taken is not sent by it."""
    claim_for(ledger)
    in_memory = of(ledger, "giver")
    block = may_take(ledger)
    send(ledger, "giver", in_memory[-1:])  # between the taker's look and its move
    with ledger.transaction() as connection:
        assert take_over(connection, "taker", "giver", block[:3]) == 2
    for some in (in_memory[-2:-1], in_memory[-4:-1]):  # alone, and among others
        with pytest.raises(ClaimLostError):
            send(ledger, "giver", some)
    with ledger.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(t.submissions)).scalar() == 1
    send(ledger, "giver", of(ledger, "giver"))
    send(ledger, "taker", of(ledger, "taker"))
    with ledger.reading() as connection:
        sent = connection.execute(sa.select(t.pairs.c.run_id, sa.func.count()).group_by(t.pairs.c.run_id)).all()
        states = connection.scalars(sa.select(t.pairs.c.state).distinct()).all()
    assert {tuple(row) for row in sent} == {("giver", 8), ("taker", 2)}
    assert states == [PairState.SENT]


def test_what_may_not_move(ledger: Ledger) -> None:
    """Nothing moves that the taker does not wait for, that is forced, or whose run is gone or keeps what it claims."""
    claim_for(ledger, pairs=[*PAIRS[:3], Pair("mood", "other.com"), Pair("size", "company0.com")])
    assert sorted(may_take(ledger)) == PAIRS[:3]
    assert may_take(ledger, live=("taker",)) == []
    claim_for(ledger, pairs=PAIRS[5:], forced=True)
    assert sorted(may_take(ledger)) == PAIRS[:3]
    with ledger.transaction() as connection:
        assert take_over(connection, "taker", "giver", PAIRS[5:]) == 0
        keep_claims(connection, "giver", live_runs=LIVE)
    assert may_take(ledger) == []
    with ledger.transaction() as connection:
        keep_claims(connection, "taker", live_runs=("taker",))
        kept = connection.scalars(sa.select(t.key_values.c.name).where(t.key_values.c.name.startswith(KEEPS))).all()
    assert kept == [f"{KEEPS}taker"]


@pytest.mark.parametrize("ledger_place", ["postgres"], indirect=True)
def test_without_statistics(ledger: Ledger) -> None:
    """In tables that Postgres knows nothing of yet, thousands of claims are found at once, not each by reading all."""
    with ledger.transaction() as connection:
        for table in ("pairs", "awaited"):
            connection.exec_driver_sql(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
    many = [Pair("mood", f"company{number:05d}.com") for number in range(6_000)]
    claim_for(ledger, pairs=many)
    with ledger.transaction() as connection:
        await_pairs(connection, "taker", many)
    with ledger.reading() as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = '3s'")  # it took 9, and 0.02 as it should be
        assert takeable(connection, "taker", ["mood"], live_runs=LIVE)[0].pairs == len(many)
        assert last_claimed(connection, "taker", "giver", ["mood"], subjects=5_000, most=5_000) == many[:999:-1]
        assert list(skipped_for(connection, "taker")) == []


def test_whose_they_are_now(ledger: Ledger) -> None:
    """The table of active runs counts what was taken over for the run that took it."""
    with lease(ledger, "giver", lease_seconds=60), lease(ledger, "taker", lease_seconds=60):
        claim_for(ledger)
        with ledger.transaction() as connection:
            take_over(connection, "taker", "giver", PAIRS[6:])
        send(ledger, "taker", of(ledger, "taker")[:1])
        with ledger.reading() as connection:
            told = {each.run_id: (each.claimed, each.in_flight) for each in workers(connection, LIVE)}
    assert told == {"giver": (6, 0), "taker": (3, 1)}


@pytest.mark.parametrize("ledger_place", ["sqlite", "postgres"], indirect=True)
def test_refused_to_another(ledger: Ledger) -> None:
    """What the API refused to whoever bought it counts for the run that waits for it, where runs buy for each other."""
    with lease(ledger, "giver", lease_seconds=60):
        with ledger.transaction() as connection:
            await_pairs(connection, "giver", PAIRS[:4])
            skip_pairs(connection, "giver", PAIRS[:1], SkipKind.UNSENT, "stopped")
            skip_pairs(connection, "taker", [*PAIRS[:2], PAIRS[9]], SkipKind.INVALID, "no such company")
            skip_pairs(connection, "taker", PAIRS[2:3], SkipKind.UNSENT, "stopped")
            skip_pairs(connection, "long ago", PAIRS[3:4], SkipKind.INVALID, "no such company")
            a_day_ago = time.time() - 86_400
            connection.execute(sa.update(t.skipped).where(t.skipped.c.run_id == "long ago").values(at=a_day_ago))
        with ledger.reading() as connection:
            rows = set(skipped_for(connection, "giver"))
    own = {("mood", "company0.com", "unsent")}
    assert rows == (own | {("mood", "company1.com", "invalid")} if ledger.is_in_a_database else own)
