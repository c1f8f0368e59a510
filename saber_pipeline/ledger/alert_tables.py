"""The ledger's tables for alerts: alerts to post or already posted, and the changes and tiers checked so far."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa

from saber_pipeline.ledger.tables import TEXT, WHOLE, metadata


class AlertState(StrEnum):
    """The state of an alert."""

    WAITING = "waiting"  # no address has accepted it yet
    SENDING = "sending"  # its POST is running, or was running when the process died; it is not retried
    SENT = "sent"
    GIVEN_UP = "given_up"  # no address accepted it for a week


alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("alert_id", TEXT, primary_key=True),
    sa.Column("kind", TEXT, nullable=False),
    sa.Column("text", TEXT, nullable=False),
    sa.Column("details", TEXT, nullable=False),  # JSON
    sa.Column("state", TEXT, nullable=False, index=True),
    sa.Column("noted_at", sa.Float, nullable=False),
    sa.Column("attempts", WHOLE, nullable=False),  # failed attempts
    sa.Column("next_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),
)

seen_changes = sa.Table(  # answer changes that a round of alerts has checked
    "seen_changes",
    metadata,
    sa.Column("signal_id", TEXT, primary_key=True),
    sa.Column("seen_at", sa.Float, nullable=False),
    sqlite_with_rowid=False,
)

seen_tiers = sa.Table(  # each account's tier when a round of alerts last checked it
    "seen_tiers",
    metadata,
    sa.Column("domain", TEXT, primary_key=True),
    sa.Column("tier", TEXT, nullable=False),
    sqlite_with_rowid=False,
)
