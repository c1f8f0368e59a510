"""Alerts in the ledger: each is recorded once and retried until an address accepts it. Also, what was checked so far.

An alert is recorded before anything is sent, and marked as being sent right before its POST. If the process dies
before the reply, nobody knows whether the alert arrived, so it is not retried.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saber_pipeline.ledger import alert_tables as t
from saber_pipeline.ledger.alert_tables import AlertState
from saber_pipeline.ledger.bulk import execute_rows
from saber_pipeline.ledger.dialect import as_rows, insert
from saber_pipeline.ledger.slices import SLICE_ROWS, batched

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 30.0, 3600.0
KEPT_DAYS = 400.0
"""How long an ended alert is kept: longer than the same month's budget can be reported again."""

GIVEN_UP_AFTER_DAYS = 7.0
DAY_SECONDS = 86_400.0


@dataclass(frozen=True)
class Alert:
    """An event to report. ``alert_id`` is the same each time the same event is found."""

    alert_id: str
    kind: str
    text: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class WaitingAlert:
    """An alert to post, found at ``noted_at`` (seconds since 1970). ``attempts`` counts failed POSTs."""

    alert: Alert
    noted_at: float
    attempts: int


def note_alerts(connection: sa.Connection, alerts: Iterable[Alert], *, now: float) -> int:
    """Record the new ones among ``alerts``; returns how many are new."""
    statement = insert(connection, t.alerts).values(state=AlertState.WAITING, noted_at=now, attempts=0, next_at=now)
    rows = ((each.alert_id, each.kind, each.text, json.dumps(each.details, ensure_ascii=False)) for each in alerts)
    return execute_rows(connection, statement.on_conflict_do_nothing(), ["alert_id", "kind", "text", "details"], rows)


def waiting_alerts(connection: sa.Connection, *, now: float, limit: int) -> list[WaitingAlert]:
    """Alerts whose next attempt is due, the oldest first."""
    a = t.alerts.c
    query = sa.select(t.alerts).where(a.state == AlertState.WAITING, a.next_at <= now)
    return [
        WaitingAlert(Alert(row.alert_id, row.kind, row.text, json.loads(row.details)), row.noted_at, row.attempts)
        for row in connection.execute(query.order_by(a.noted_at, a.alert_id).limit(limit))
    ]


def count_waiting(connection: sa.Connection) -> int:
    """The number of alerts that no address has accepted yet."""
    query = sa.select(sa.func.count()).select_from(t.alerts).where(t.alerts.c.state == AlertState.WAITING)
    return int(connection.execute(query).scalar_one())


def begin_to_send(connection: sa.Connection, alert_id: str) -> bool:
    """Mark an alert as being sent; False if another process did. Commit before the POST."""
    a = t.alerts.c
    mine = sa.update(t.alerts).where(a.alert_id == alert_id, a.state == AlertState.WAITING)
    return connection.execute(mine.values(state=AlertState.SENDING)).rowcount == 1


def note_sent(connection: sa.Connection, alert_id: str, *, now: float) -> None:
    """Record that the address accepted the alert."""
    this_alert = t.alerts.c.alert_id == alert_id
    connection.execute(sa.update(t.alerts).where(this_alert).values(state=AlertState.SENT, ended_at=now))


def note_not_sent(connection: sa.Connection, alert_id: str, *, now: float) -> None:
    """Record a failed POST. The alert is retried, each time after twice the wait, for a week at most."""
    a = t.alerts.c
    attempts, noted_at = connection.execute(sa.select(a.attempts, a.noted_at).where(a.alert_id == alert_id)).one()
    pause = min(FIRST_PAUSE_SECONDS * 2.0 ** min(attempts, 30), LONGEST_PAUSE_SECONDS)
    is_over = now - noted_at > GIVEN_UP_AFTER_DAYS * DAY_SECONDS
    connection.execute(
        sa.update(t.alerts)
        .where(a.alert_id == alert_id)
        .values(
            state=AlertState.GIVEN_UP if is_over else AlertState.WAITING,
            attempts=attempts + 1,
            next_at=now + pause,
            ended_at=now if is_over else None,
        )
    )


def forget_old_alerts(connection: sa.Connection, *, now: float) -> None:
    """Delete alerts that ended more than ``KEPT_DAYS`` ago."""
    connection.execute(sa.delete(t.alerts).where(t.alerts.c.ended_at < now - KEPT_DAYS * DAY_SECONDS))


def unseen_changes(connection: sa.Connection, signal_ids: Iterable[str]) -> Iterator[str]:
    """The signals among ``signal_ids`` whose change no round has checked."""
    s = t.seen_changes.c
    for chunk in batched(signal_ids):
        asked = as_rows(connection, chunk, as_json=json.dumps(chunk))
        query = sa.select(asked).where(asked.not_in(sa.select(s.signal_id)))
        yield from connection.execute(query).scalars()


def note_seen_changes(connection: sa.Connection, signal_ids: Iterable[str], *, now: float) -> None:
    """Record that the changes made by these signals were checked."""
    statement = insert(connection, t.seen_changes).on_conflict_do_nothing()
    execute_rows(connection, statement, ["signal_id", "seen_at"], ((signal_id, now) for signal_id in signal_ids))


def known_tiers(connection: sa.Connection) -> Iterator[list[tuple[str, str]]]:
    """``(domain, tier)`` of each account at the last check, in slices."""
    c = t.seen_tiers.c
    for chunk in connection.execute(sa.select(c.domain, c.tier)).partitions(SLICE_ROWS):
        yield [(domain, tier) for domain, tier in chunk]


def note_tiers(connection: sa.Connection, tiers: Iterable[tuple[str, str]]) -> None:
    """Record the current tiers of these accounts."""
    statement = insert(connection, t.seen_tiers)
    statement = statement.on_conflict_do_update(index_elements=["domain"], set_={"tier": statement.excluded.tier})
    execute_rows(connection, statement, ["domain", "tier"], tiers)
