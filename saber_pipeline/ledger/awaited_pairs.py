"""The pairs that a run waits for: its own purchases, and pairs of its selection that other runs have in flight."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

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
    """How many awaited pairs are in flight (``sent``), and how many another run has claimed but not sent (``claimed``).

    ``named`` counts the pairs in flight whose signal id is known.
    """

    sent: int
    claimed: int
    named: int = 0

    @property
    def remaining(self) -> int:
        """Pairs without an outcome."""
        return self.sent + self.claimed


def await_pairs(connection: sa.Connection, run_id: str, pairs: Iterable[Pair]) -> None:
    """Record that ``run_id`` waits for ``pairs``, in addition to pairs recorded before."""
    statement = insert(connection, t.awaited).values(run_id=run_id).on_conflict_do_nothing()
    execute_rows(connection, statement, Pair._fields, pairs)


def forget_awaited(connection: sa.Connection, run_id: str) -> None:
    """Record that the run no longer waits for any pair."""
    connection.execute(sa.delete(t.awaited).where(t.awaited.c.run_id == run_id))


def count_awaited(connection: sa.Connection, run_id: str) -> Awaited:
    """Count the pairs that the run still waits for."""
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
    """How many awaited pairs are in flight; counting stops at ``at_most``."""
    sent = _in_flight([run_id], sa.literal(1)).limit(at_most)
    return int(connection.execute(sa.select(sa.func.count()).select_from(sent.subquery())).scalar_one())


def all_settled(connection: sa.Connection, run_id: str) -> bool:
    """Whether every awaited pair has settled, so that none of them became free."""
    a, p = t.awaited.c, t.pairs.c
    settled = sa.exists().where(p.question_id == a.question_id, p.subject == a.subject, p.state == PairState.SETTLED)
    rest = sa.select(sa.literal(1)).where(a.run_id == run_id, sa.not_(settled)).limit(1)
    return connection.execute(rest).first() is None


def awaited_submission_ids(connection: sa.Connection, *run_ids: str) -> frozenset[str]:
    """Ids of the submissions that contain pairs awaited by these runs."""
    return frozenset(connection.scalars(_in_flight(run_ids, t.pairs.c.submission_id).distinct()))


def awaited_in_flight(
    connection: sa.Connection, run_id: str, *, after: Pair | None = None, limit: int = SLICE_ROWS
) -> list[AwaitedPair]:
    """Awaited pairs in flight, ordered by subject and question; only pairs behind ``after``."""
    c = t.pairs.c
    query = _in_flight([run_id], c.question_id, c.subject, c.submission_id, c.signal_id)
    query = query.order_by(c.subject, c.question_id).limit(limit)
    if after is not None:
        query = query.where(sa.tuple_(c.subject, c.question_id) > sa.tuple_(after.subject, after.question_id))
    return [AwaitedPair(Pair(*pair), submission, signal) for *pair, submission, signal in connection.execute(query)]


def pairs_of_submission(connection: sa.Connection, submission_id: str) -> Iterator[Pair]:
    """The pairs of a submission that are still in flight, ordered by subject."""
    c = t.pairs.c
    query = sa.select(c.question_id, c.subject).where(c.submission_id == submission_id, c.state == PairState.SENT)
    for row in connection.execute(query.order_by(c.subject)):
        yield Pair(*row)


def _in_flight(run_ids: Collection[str], *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """These columns of the awaited pairs in flight."""
    return sa.select(*columns).select_from(awaited_join(*run_ids)).where(t.pairs.c.state == PairState.SENT)


def awaited_join(*run_ids: str) -> sa.Join:
    """The pairs awaited by these runs, in any state. A pair that has left the ledger has no row."""
    a, p = t.awaited.c, t.pairs.c
    return sa.join(
        t.awaited,
        t.pairs,
        sa.and_(a.run_id.in_(run_ids), a.question_id == p.question_id, a.subject == p.subject),
    )
