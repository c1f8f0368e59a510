"""The live runs of the ledger: their machines and processes, and their pairs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.dialect import clock
from saber_pipeline.ledger.tables import PairState


@dataclass(frozen=True)
class Worker:
    """A live run. It is about to buy ``claimed`` pairs, and waits for ``in_flight`` pairs that it bought.

    ``silent_seconds``: the age of its last heartbeat. The lease expires when this exceeds the lease time.
    """

    run_id: str
    host: str
    process_id: int
    started_at: float
    silent_seconds: float
    claimed: int
    in_flight: int


def workers(connection: sa.Connection, live_runs: Collection[str]) -> list[Worker]:
    """The ``live_runs``, in the order in which they began."""
    r, p = t.runs.c, t.pairs.c
    now = clock(connection)
    counts = connection.execute(
        sa.select(p.run_id, p.state, sa.func.count())
        .where(p.run_id.in_(live_runs), p.state.in_([PairState.CLAIMED, PairState.SENT]))
        .group_by(p.run_id, p.state)
    )
    pairs = {(run_id, PairState(state)): count for run_id, state, count in counts}
    rows = connection.execute(sa.select(t.runs).where(r.run_id.in_(live_runs)).order_by(r.started_at, r.run_id))
    return [
        Worker(
            row.run_id,
            row.host.partition(" ")[0],  # on Postgres the boot id and PID namespace follow
            row.process_id,
            row.started_at,
            max(0.0, now - row.heartbeat_at),
            pairs.get((row.run_id, PairState.CLAIMED), 0),
            pairs.get((row.run_id, PairState.SENT), 0),
        )
        for row in rows
    ]
