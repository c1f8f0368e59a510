"""Webhook events about ended signals and researches: recorded on arrival, and read once, by any collector."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.bulk import execute_rows
from saber_pipeline.ledger.dialect import insert
from saber_pipeline.ledger.tables import PairState, ResearchState

KEPT_DAYS = 30.0
"""How long a read event is kept; deliveries are repeated for days at most."""


def note_events(connection: sa.Connection, object_ids: Sequence[str], event: str) -> int:
    """Record that these objects are reported as ended; returns how many are new.

    If some of the ids are awaited here, only those are recorded: the others identify the event itself.
    """
    known = [object_id for object_id in object_ids if _is_awaited(connection, object_id)]
    new = 0
    for object_id in known or object_ids:
        statement = insert(connection, t.webhook_events).values(
            object_id=object_id, event=event, deliveries=1, received_at=time.time()
        )
        deliveries = t.webhook_events.c.deliveries + 1
        statement = statement.on_conflict_do_update(index_elements=["object_id"], set_={"deliveries": deliveries})
        number = sa.select(t.webhook_events.c.deliveries).where(t.webhook_events.c.object_id == object_id)
        connection.execute(statement)
        new += connection.execute(number).scalar_one() == 1
    return new


def unprocessed_events(
    connection: sa.Connection, *, received_before: float | None = None, limit: int = 500
) -> list[str]:
    """Ids that no collector has read yet, oldest first; only those received before ``received_before``, if given."""
    n = t.webhook_events.c
    query = sa.select(n.object_id).where(n.read_at.is_(None)).order_by(n.received_at).limit(limit)
    if received_before is not None:
        query = query.where(n.received_at < received_before)
    return list(connection.execute(query).scalars())


def mark_settled_events(connection: sa.Connection) -> None:
    """Mark the events of signals that were read in bulk meanwhile as read."""
    n = t.webhook_events.c
    settled = sa.select(t.pairs.c.signal_id).where(t.pairs.c.state == PairState.SETTLED)
    connection.execute(
        sa.update(t.webhook_events)
        .where(n.read_at.is_(None), n.object_id.in_(settled))
        .values(read_at=time.time(), outcome="landed")
    )


def mark_read(connection: sa.Connection, outcomes: Mapping[str, str]) -> None:
    """Mark events as read, with their outcomes by id."""
    statement = (
        sa.update(t.webhook_events)
        .where(t.webhook_events.c.object_id == sa.bindparam("this_id"))
        .values(read_at=time.time(), outcome=sa.bindparam("this_outcome"))
    )
    execute_rows(connection, statement, ["this_id", "this_outcome"], outcomes.items())


def forget_old_events(connection: sa.Connection) -> None:
    """Delete events that were read so long ago that no delivery is repeated any more."""
    n = t.webhook_events.c
    connection.execute(sa.delete(t.webhook_events).where(n.read_at < time.time() - KEPT_DAYS * 86_400))


def is_anybody_waiting(connection: sa.Connection, live_runs: Iterable[str]) -> bool:
    """Whether a live run waits for pairs or researches, and so reads the events itself."""
    live, r = list(live_runs), t.researches.c
    pairs = sa.exists().where(t.awaited.c.run_id.in_(live))
    researches = sa.exists().where(r.state == ResearchState.ACCEPTED, r.run_id.in_(live))
    return bool(connection.scalar(sa.select(sa.or_(pairs, researches))))


def _is_awaited(connection: sa.Connection, object_id: str) -> bool:
    p, r = t.pairs.c, t.researches.c
    pair = sa.exists().where(p.signal_id == object_id, p.state == PairState.SENT)
    research = sa.exists().where(r.research_id == object_id, r.state == ResearchState.ACCEPTED)
    return bool(connection.scalar(sa.select(sa.or_(pair, research))))
