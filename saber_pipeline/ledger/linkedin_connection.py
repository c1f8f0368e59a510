"""Whether the account at Saber is connected to LinkedIn, as it was told last.

Signals that failed for want of a connection wait until there is one: not for some days, in which nothing changes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from saber_pipeline.ledger.store import get_value, set_value

LINKEDIN_KEY = "linkedin_connection"


@dataclass(frozen=True)
class LinkedInSeen:
    """``since``: when it was first seen so; ``seen_at``: when last. Seconds since 1970."""

    is_connected: bool
    since: float
    seen_at: float


def linkedin_seen(connection: sa.Connection) -> LinkedInSeen | None:
    """What was seen last; None where the API never told."""
    try:
        return LinkedInSeen(**json.loads(get_value(connection, LINKEDIN_KEY) or "null"))
    except (ValueError, TypeError):
        return None


def note_linkedin(connection: sa.Connection, *, is_connected: bool, at: float) -> LinkedInSeen:
    """Note what the API told at ``at``; a state that goes on keeps its beginning."""
    last = linkedin_seen(connection)
    since = last.since if last is not None and last.is_connected is is_connected else at
    seen = LinkedInSeen(is_connected, since, at)
    set_value(connection, LINKEDIN_KEY, json.dumps(asdict(seen)))
    return seen
