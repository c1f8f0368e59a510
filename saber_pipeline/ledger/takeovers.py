"""Claims that move: a run with nothing left to buy takes over what another one has claimed and not begun to send.

Only a claim moves, and only while it is one: a purchase is written down in the same kind of transaction, which names
the run that has claimed the pair. So whichever of the two comes first has the pair, and the other one finds that out
before it sends anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.awaited_pairs import awaited_join
from saber_pipeline.ledger.bulk import PAIR_FILTER, execute_many, pair_params
from saber_pipeline.ledger.claims import Pair
from saber_pipeline.ledger.dialect import is_postgres, joined_as_sets
from saber_pipeline.ledger.slices import SLICE_ROWS
from saber_pipeline.ledger.store import set_value
from saber_pipeline.ledger.tables import PairState, SkipKind

KEEPS = "keeps_claims "
"""Begins the name of a fact; the run that it goes on with gives nothing away."""

CLOCKS_DIFFER_BY_SECONDS = 60.0
"""What a run has skipped has its machine's time, and a run's beginning the database's."""


@dataclass(frozen=True)
class Takeable:
    """So many ``pairs``, about so many ``subjects``, that ``run_id`` has claimed and another run may take over."""

    run_id: str
    pairs: int
    subjects: int


def keep_claims(connection: sa.Connection, run_id: str, *, live_runs: Collection[str]) -> None:
    """Nobody takes over what ``run_id`` claims. What was noted so for runs that are gone is forgotten."""
    name = t.key_values.c.name
    alive = [f"{KEEPS}{each}" for each in live_runs]
    connection.execute(sa.delete(t.key_values).where(name.startswith(KEEPS, autoescape=True), name.not_in(alive)))
    set_value(connection, f"{KEEPS}{run_id}", "")


def takeable(
    connection: sa.Connection, run_id: str, question_ids: Collection[str], *, live_runs: Collection[str]
) -> list[Takeable]:
    """What ``run_id`` may take over of these questions, from whoever has most before the others."""
    c = t.pairs.c
    kept = connection.scalars(
        sa.select(t.key_values.c.name).where(t.key_values.c.name.startswith(KEEPS, autoescape=True))
    ).all()
    givers = set(live_runs) - {run_id} - {name.removeprefix(KEEPS) for name in kept}
    counts = (
        sa.select(c.run_id, sa.func.count(), sa.func.count(sa.distinct(c.subject)))
        .select_from(awaited_join(run_id))
        .where(_may_move(givers, question_ids))
        .group_by(c.run_id)
        .order_by(sa.func.count().desc(), c.run_id)
    )
    with joined_as_sets(connection):
        rows = connection.execute(counts).all()
    return [Takeable(giver, int(pairs), int(subjects)) for giver, pairs, subjects in rows]


def last_claimed(
    connection: sa.Connection, run_id: str, giver: str, question_ids: Collection[str], *, subjects: int, most: int
) -> list[Pair]:
    """No more than ``most`` pairs of the last so many subjects that ``run_id`` may take over from ``giver``.

    A run sends by subject, so these are the ones that it would come to last.
    """
    c = t.pairs.c
    may_move = _may_move([giver], question_ids)
    each_subject = sa.select(c.subject).distinct().select_from(awaited_join(run_id)).where(may_move)
    of_last = sa.select(c.question_id, c.subject).select_from(awaited_join(run_id)).where(may_move)
    with joined_as_sets(connection):
        # Two statements: within one, Postgres may look the last subjects up again for each pair.
        last = connection.scalars(each_subject.order_by(c.subject.desc()).limit(subjects)).all()
        if not last:
            return []
        of_last = of_last.where(c.subject >= last[-1]).order_by(c.subject.desc(), c.question_id).limit(most)
        rows = connection.execute(of_last).all()
    return [Pair(question_id, subject) for question_id, subject in rows]


def take_over(
    connection: sa.Connection, run_id: str, giver: str, pairs: Iterable[Pair], *, list_name: str | None = None
) -> int:
    """Make those of ``pairs`` claims of ``run_id`` that are claims of ``giver`` still; returns how many.

    ``list_name`` is the list for which ``run_id`` buys them, where it is known.
    """
    c = t.pairs.c
    new: dict[str, str] = {"run_id": run_id} | ({} if list_name is None else {"list_name": list_name})
    statement = (
        sa.update(t.pairs)
        .where(PAIR_FILTER, c.state == PairState.CLAIMED, c.run_id == giver, c.request_id.is_(None))
        .values(**new)
    )
    return execute_many(connection, statement, pair_params(pairs))


def _may_move(givers: Collection[str], question_ids: Collection[str]) -> sa.ColumnElement[bool]:
    """Claimed by one of these runs, and not for a forced request."""
    c = t.pairs.c
    return sa.and_(
        c.state == PairState.CLAIMED,
        c.run_id.in_(givers),
        c.question_id.in_(question_ids),
        c.request_id.is_(None),
    )


def skipped_for(connection: sa.Connection, run_id: str) -> Iterator[tuple[str, str, str]]:
    """Question id, subject and kind of what ``run_id`` has skipped.

    Where runs take claims over: also of what the API refused as invalid to another run meanwhile, while this one
    waited for it. It would be refused again.
    """
    u, a = t.skipped.c, t.awaited.c
    own = sa.select(u.question_id, u.subject, u.kind).where(u.run_id == run_id)
    rows = connection.execute(own.execution_options(yield_per=SLICE_ROWS))
    if not is_postgres(connection):
        yield from ((question_id, subject, kind) for question_id, subject, kind in rows)
        return
    known: set[tuple[str, str]] = set()
    for question_id, subject, kind in rows:
        known.add((question_id, subject))
        yield question_id, subject, kind
    began = sa.select(t.runs.c.started_at - CLOCKS_DIFFER_BY_SECONDS).where(t.runs.c.run_id == run_id).scalar_subquery()
    this = sa.and_(a.run_id == run_id, a.question_id == u.question_id, a.subject == u.subject)
    theirs = (
        sa.select(u.question_id, u.subject)
        .distinct()
        .select_from(sa.join(t.skipped, t.awaited, this))
        .where(u.run_id != run_id, u.kind == SkipKind.INVALID, u.at >= began)
    )
    with joined_as_sets(connection):
        refused = connection.execute(theirs).all()
    for question_id, subject in refused:
        if (question_id, subject) not in known:
            yield question_id, subject, SkipKind.INVALID
