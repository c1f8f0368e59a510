"""Whether the account at Saber is connected to LinkedIn, as the API last reported.

Pairs that failed for lack of a connection wait for one, instead of being retried after some days.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from saber_pipeline.ledger.store import get_value, set_value

LINKEDIN_KEY = "linkedin_connection"


@dataclass(frozen=True)
class LinkedInSeen:
    """The reported state. ``since``: when it was first reported; ``seen_at``: when last. Seconds since 1970."""

    is_connected: bool
    since: float
    seen_at: float


def linkedin_seen(connection: sa.Connection) -> LinkedInSeen | None:
    """The state reported last; None if the API never reported one."""
    try:
        return LinkedInSeen(**json.loads(get_value(connection, LINKEDIN_KEY) or "null"))
    except (ValueError, TypeError):
        return None


def note_linkedin(connection: sa.Connection, *, is_connected: bool, at: float) -> LinkedInSeen:
    """Record the state reported at ``at``. An unchanged state keeps its ``since``."""
    last = linkedin_seen(connection)
    since = last.since if last is not None and last.is_connected is is_connected else at
    seen = LinkedInSeen(is_connected, since, at)
    set_value(connection, LINKEDIN_KEY, json.dumps(asdict(seen)))
    return seen
