"""Reading positions in the logs of subscriptions."""

from __future__ import annotations

import json
from dataclasses import dataclass

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.dialect import insert


@dataclass(frozen=True)
class ReadSoFar:
    """What has landed of one subscription's log.

    Everything completed before ``read_until`` (the API's clock, seconds since 1970) and the first ``failed_total``
    failed signals have landed, and were matched against the questions of these ids.
    """

    read_until: float = 0.0
    failed_total: int = 0
    question_ids: frozenset[str] = frozenset()


def read_so_far(connection: sa.Connection, subscription_id: str) -> ReadSoFar | None:
    """The position in a subscription's log; None if it was never read."""
    c = t.subscription_reads.c
    row = connection.execute(sa.select(t.subscription_reads).where(c.subscription_id == subscription_id)).one_or_none()
    return ReadSoFar(row.read_until, row.failed_total, frozenset(json.loads(row.question_ids))) if row else None


def note_read(connection: sa.Connection, subscription_id: str, read: ReadSoFar) -> None:
    """Record a position, unless a parallel run has read further."""
    values = {
        "read_until": read.read_until,
        "failed_total": read.failed_total,
        "question_ids": json.dumps(sorted(read.question_ids)),
    }
    statement = insert(connection, t.subscription_reads).values(subscription_id=subscription_id, **values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["subscription_id"],
            set_=values,
            where=t.subscription_reads.c.read_until <= read.read_until,
        )
    )
