"""Observed credit balances, and the ledger's rows for the warehouse: submissions, balances, refusals."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.dialect import is_postgres, newest_of_each
from saber_pipeline.ledger.reasons import reasons_by_number
from saber_pipeline.ledger.run_ids import orchestrator_id
from saber_pipeline.ledger.tables import SkipKind


def record_balance(connection: sa.Connection, remaining_credits: int, *, run_id: str | None) -> None:
    """Record a balance that was just read."""
    connection.execute(
        sa.insert(t.credit_balances).values(observed_at=time.time(), remaining_credits=remaining_credits, run_id=run_id)
    )


def balances_since(connection: sa.Connection, since: float) -> list[tuple[float, int]]:
    """``(observed_at, remaining_credits)`` of all balances from ``since`` on (seconds since 1970), oldest first."""
    c = t.credit_balances.c
    query = sa.select(c.observed_at, c.remaining_credits).where(c.observed_at >= since).order_by(c.id)
    return [(observed_at, remaining) for observed_at, remaining in connection.execute(query)]


def balance_rows(connection: sa.Connection) -> list[tuple[Any, ...]]:
    """Rows of the table ``credit_balances``: ``observed_at`` (naive UTC), ``remaining_credits``."""
    c = t.credit_balances.c
    rows = connection.execute(sa.select(c.observed_at, c.remaining_credits).order_by(c.id))
    return [(_naive_utc(observed_at), remaining) for observed_at, remaining in rows]


def batch_rows(connection: sa.Connection) -> list[tuple[Any, ...]]:
    """Rows of the table ``batches``, one for each submission, oldest first."""
    return [
        (
            row.batch_id or row.submission_id,
            row.route,
            row.state,
            _naive_utc(row.submitted_at or row.intended_at),
            row.signals,
            row.force_refresh,
            orchestrator_id(row.run_id),
        )
        for row in connection.execute(sa.select(t.submissions).order_by(t.submissions.c.intended_at))
    ]


def refusal_rows(connection: sa.Connection) -> list[tuple[Any, ...]]:
    """Rows of the table ``refusals``: the newest refusal of each refused pair."""
    u = t.skipped.c
    kinds = [kind for kind in SkipKind if kind.is_refusal]
    reasons = reasons_by_number(connection)
    key = (u.question_id, u.subject)
    if is_postgres(connection):
        newest = newest_of_each(sa.select(*key, u.reason_number, u.at, u.run_id).where(u.kind.in_(kinds)), key, u.at)
    else:  # SQLite gives the other columns of the row that holds the maximum
        newest = sa.select(*key, u.reason_number, sa.func.max(u.at), u.run_id).where(u.kind.in_(kinds)).group_by(*key)
    rows = connection.execute(newest)
    return [
        (question_id, subject, *reasons[number], _naive_utc(at), orchestrator_id(run_id))
        for question_id, subject, number, at, run_id in rows
    ]


def _naive_utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC).replace(tzinfo=None)
