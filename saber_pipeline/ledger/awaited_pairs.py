"""What a run is waiting for: its own purchases and those that others have in flight for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.bulk import execute_rows
from saber_pipeline.ledger.claims import Pair
from saber_pipeline.ledger.dialect import insert
from saber_pipeline.ledger.slices import SLICE_ROWS
from saber_pipeline.ledger.tables import PairState


@dataclass(frozen=True)
class AwaitedPair:
    """A pair in flight that a run waits for."""

    pair: Pair
    submission_id: str
    signal_id: str | None


@dataclass(frozen=True)
class Awaited:
    """How many of a run's pairs are in flight (``sent``) or about to be, by another run (``claimed``).

    ``named`` are those in flight whose signal's id is known.
    """

    sent: int
    claimed: int
    named: int = 0

    @property
    def remaining(self) -> int:
        """Pairs without an outcome."""
        return self.sent + self.claimed


def await_pairs(connection: sa.Connection, run_id: str, pairs: Iterable[Pair]) -> None:
    """Note that ``run_id`` waits for ``pairs``; those noted before stay."""
    statement = insert(connection, t.awaited).values(run_id=run_id).on_conflict_do_nothing()
    execute_rows(connection, statement, Pair._fields, pairs)


def forget_awaited(connection: sa.Connection, run_id: str) -> None:
    """The run waits no more."""
    connection.execute(sa.delete(t.awaited).where(t.awaited.c.run_id == run_id))


def count_awaited(connection: sa.Connection, run_id: str) -> Awaited:
    """How much the run still waits for."""
    rows = connection.execute(
        sa.select(t.pairs.c.state, sa.func.count(), sa.func.count(t.pairs.c.signal_id))
        .select_from(awaited_join(run_id))
        .where(t.pairs.c.state.in_([PairState.SENT, PairState.CLAIMED]))
        .group_by(t.pairs.c.state)
    )
    counts = {str(state): (int(pairs), int(named)) for state, pairs, named in rows}
    sent, named = counts.get(PairState.SENT, (0, 0))
    return Awaited(sent=sent, claimed=counts.get(PairState.CLAIMED, (0, 0))[0], named=named)


def count_sent(connection: sa.Connection, run_id: str, *, at_most: int | None = None) -> int:
    """How many of the run's pairs are in flight. One that needs not know more than ``at_most`` need not count on."""
    some = (
        sa.select(sa.literal(1))
        .select_from(awaited_join(run_id))
        .where(t.pairs.c.state == PairState.SENT)
        .limit(at_most)
    )
    return int(connection.execute(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one())


def all_settled(connection: sa.Connection, run_id: str) -> bool:
    """Whether every pair that the run waits for has settled, so that none of them came free."""
    a, p = t.awaited.c, t.pairs.c
    settled = (
        sa.select(sa.literal(1))
        .where(p.question_id == a.question_id, p.subject == a.subject, p.state == PairState.SETTLED)
        .exists()
    )
    rest = sa.select(sa.literal(1)).where(a.run_id == run_id, sa.not_(settled)).limit(1)
    return connection.execute(rest).first() is None


def awaited_submission_ids(connection: sa.Connection, *run_ids: str) -> frozenset[str]:
    """The submissions that hold pairs these runs wait for."""
    rows = connection.execute(
        sa.select(t.pairs.c.submission_id)
        .distinct()
        .select_from(awaited_join(*run_ids))
        .where(t.pairs.c.state == PairState.SENT)
    )
    return frozenset(rows.scalars())


def awaited_in_flight(
    connection: sa.Connection, run_id: str, *, after: Pair | None = None, limit: int = SLICE_ROWS
) -> list[AwaitedPair]:
    """Pairs in flight that the run waits for, ordered by subject and question, from behind ``after``."""
    c = t.pairs.c
    query = (
        sa.select(c.question_id, c.subject, c.submission_id, c.signal_id)
        .select_from(awaited_join(run_id))
        .where(c.state == PairState.SENT)
        .order_by(c.subject, c.question_id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(sa.tuple_(c.subject, c.question_id) > sa.tuple_(after.subject, after.question_id))
    return [
        AwaitedPair(Pair(question_id, subject), submission_id, signal_id)
        for question_id, subject, submission_id, signal_id in connection.execute(query)
    ]


def pairs_of_submission(connection: sa.Connection, submission_id: str) -> Iterator[Pair]:
    """The pairs of a submission that are still in flight, ordered by subject."""
    c = t.pairs.c
    rows = connection.execute(
        sa.select(c.question_id, c.subject)
        .where(c.submission_id == submission_id, c.state == PairState.SENT)
        .order_by(c.subject)
    )
    for question_id, subject in rows:
        yield Pair(question_id, subject)


def awaited_join(*run_ids: str) -> sa.Join:
    """The pairs that these runs wait for, whatever their state; where the pair has left the ledger there is no row."""
    a, p = t.awaited.c, t.pairs.c
    return sa.join(
        t.awaited,
        t.pairs,
        sa.and_(a.run_id.in_(run_ids), a.question_id == p.question_id, a.subject == p.subject),
    )
