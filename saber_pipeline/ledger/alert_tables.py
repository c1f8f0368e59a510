"""The ledger's tables about alerts: what is to be told or was told, and what was looked at so far."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa

from saber_pipeline.ledger.tables import TEXT, WHOLE, metadata


class AlertState(StrEnum):
    """What became of an alert."""

    WAITING = "waiting"  # no address has taken it yet
    SENDING = "sending"  # its POST is under way, or was when the process died: it is not repeated
    SENT = "sent"
    GIVEN_UP = "given_up"  # no address took it for a week


alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("alert_id", TEXT, primary_key=True),
    sa.Column("kind", TEXT, nullable=False),
    sa.Column("text", TEXT, nullable=False),
    sa.Column("details", TEXT, nullable=False),  # JSON
    sa.Column("state", TEXT, nullable=False, index=True),
    sa.Column("noted_at", sa.Float, nullable=False),
    sa.Column("attempts", WHOLE, nullable=False),  # that failed
    sa.Column("next_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),
)

seen_changes = sa.Table(  # changes of answers that were looked at for alerts
    "seen_changes",
    metadata,
    sa.Column("signal_id", TEXT, primary_key=True),
    sa.Column("seen_at", sa.Float, nullable=False),
    sqlite_with_rowid=False,
)

seen_tiers = sa.Table(  # the tiers of accounts as they were last looked at for alerts
    "seen_tiers",
    metadata,
    sa.Column("domain", TEXT, primary_key=True),
    sa.Column("tier", TEXT, nullable=False),
    sqlite_with_rowid=False,
)
