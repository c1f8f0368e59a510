"""Takeovers: a run with nothing left to buy takes over claims that another run has not begun to send.

Only claims move. An intent is written in the same kind of transaction and requires the run's own claim. So whichever
of intent and takeover commits first has the pair, and the other run finds that out before it sends anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.awaited_pairs import awaited_join
from saber_pipeline.ledger.bulk import PAIR_FILTER, execute_for_pairs
from saber_pipeline.ledger.claims import Pair
from saber_pipeline.ledger.dialect import is_postgres, joined_as_sets
from saber_pipeline.ledger.slices import SLICE_ROWS
from saber_pipeline.ledger.store import set_value
from saber_pipeline.ledger.tables import PairState, SkipKind

KEEPS = "keeps_claims "
"""Prefix of a key that ends with a run's id; no other run takes over this run's claims."""

CLOCKS_DIFFER_BY_SECONDS = 60.0
"""Allowance between clocks: ``unserved.at`` is by the machine's clock, a run's start by the database's."""


@dataclass(frozen=True)
class Takeable:
    """The numbers of pairs and subjects that ``run_id`` has claimed and another run may take over."""

    run_id: str
    pairs: int
    subjects: int


def keep_claims(connection: sa.Connection, run_id: str, *, live_runs: Collection[str]) -> None:
    """Exempt the claims of ``run_id`` from takeovers, and drop the exemptions of dead runs."""
    name = t.key_values.c.name
    alive = [f"{KEEPS}{each}" for each in live_runs]
    connection.execute(sa.delete(t.key_values).where(name.startswith(KEEPS, autoescape=True), name.not_in(alive)))
    set_value(connection, f"{KEEPS}{run_id}", "")


def takeable(
    connection: sa.Connection, run_id: str, question_ids: Collection[str], *, live_runs: Collection[str]
) -> list[Takeable]:
    """The claims on these questions that ``run_id`` may take over, by giver, the largest first."""
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
    """At most ``most`` pairs of the last ``subjects`` subjects that ``run_id`` may take over from ``giver``.

    A run sends in the order of subjects, so the giver would send these last.
    """
    c = t.pairs.c
    may_move = _may_move([giver], question_ids)
    each_subject = sa.select(c.subject).distinct().select_from(awaited_join(run_id)).where(may_move)
    of_last = sa.select(c.question_id, c.subject).select_from(awaited_join(run_id)).where(may_move)
    with joined_as_sets(connection):
        # Two statements, because in one Postgres may look up the last subjects again for each pair.
        last = connection.scalars(each_subject.order_by(c.subject.desc()).limit(subjects)).all()
        if not last:
            return []
        of_last = of_last.where(c.subject >= last[-1]).order_by(c.subject.desc(), c.question_id).limit(most)
        rows = connection.execute(of_last).all()
    return [Pair(question_id, subject) for question_id, subject in rows]


def take_over(
    connection: sa.Connection, run_id: str, giver: str, pairs: Iterable[Pair], *, list_name: str | None = None
) -> int:
    """Make ``pairs`` claims of ``run_id`` if they are still claims of ``giver``; returns how many moved.

    ``list_name``: the list for which ``run_id`` buys them, if known.
    """
    c = t.pairs.c
    new: dict[str, str] = {"run_id": run_id} | ({} if list_name is None else {"list_name": list_name})
    statement = (
        sa.update(t.pairs)
        .where(PAIR_FILTER, c.state == PairState.CLAIMED, c.run_id == giver, c.request_id.is_(None))
        .values(**new)
    )
    return execute_for_pairs(connection, statement, pairs)


def _may_move(givers: Collection[str], question_ids: Collection[str]) -> sa.ColumnElement[bool]:
    """Filter: claimed by one of the ``givers``, and not for a forced request."""
    c = t.pairs.c
    return sa.and_(
        c.state == PairState.CLAIMED,
        c.run_id.in_(givers),
        c.question_id.in_(question_ids),
        c.request_id.is_(None),
    )


def skipped_for(connection: sa.Connection, run_id: str) -> Iterator[tuple[str, str, str]]:
    """Question id, subject and kind of the pairs that ``run_id`` has skipped.

    On Postgres, where runs take claims over, this includes awaited pairs that the API refused as invalid to another
    run meanwhile. They would be refused again.
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
    is_awaited = sa.and_(a.run_id == run_id, a.question_id == u.question_id, a.subject == u.subject)
    refused_to_others = (
        sa.select(u.question_id, u.subject)
        .distinct()
        .select_from(sa.join(t.skipped, t.awaited, is_awaited))
        .where(u.run_id != run_id, u.kind == SkipKind.INVALID, u.at >= began)
    )
    with joined_as_sets(connection):
        refused = connection.execute(refused_to_others).all()
    for question_id, subject in refused:
        if (question_id, subject) not in known:
            yield question_id, subject, SkipKind.INVALID
