"""Forced requests: pairs that have settled in them, and ending their waiting pairs that are not to be bought."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.bulk import PAIR_FILTER, execute_many, pair_params
from saber_pipeline.ledger.claims import Pair, next_landed_seq
from saber_pipeline.ledger.slices import SLICE_ROWS
from saber_pipeline.ledger.tables import PairState


def settled_for_force(connection: sa.Connection, run_id: str | None) -> Iterator[tuple[str, str]]:
    """Question id and subject of the pairs that have settled in the forced requests that ``run_id`` would continue.

    Requests closed before the run began are left out; without a run, all closed requests are.
    """
    c, r = t.pairs.c, t.forced_requests.c
    began = sa.select(t.runs.c.started_at).where(t.runs.c.run_id == run_id).scalar_subquery()
    over = sa.select(r.request_id).where(r.closed_at.is_not(None) if run_id is None else r.closed_at <= began)
    rows = connection.execute(
        sa.select(c.question_id, c.subject).where(
            c.state == PairState.SETTLED, c.request_id.is_not(None), c.request_id.not_in(over)
        )
    )
    for chunk in rows.partitions(SLICE_ROWS):
        yield from ((question_id, subject) for question_id, subject in chunk)


def end_unbought(connection: sa.Connection, pairs: Iterable[Pair]) -> None:
    """Settle the ``pairs`` that wait in a forced request, so that it does not stay open for them."""
    statement = (
        sa.update(t.pairs)
        .where(PAIR_FILTER, t.pairs.c.state == PairState.DUE, t.pairs.c.request_id.is_not(None))
        .values(state=PairState.SETTLED, settlement=next_landed_seq(connection))
    )
    execute_many(connection, statement, pair_params(pairs))
