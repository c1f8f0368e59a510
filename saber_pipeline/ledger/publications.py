"""Which runs' answers are published. A run that wants to publish draws a number; a publication records the last one.

A run draws its number after everything it landed and wrote here. So a publication that reads the last number before it
loads publishes for all runs up to that number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.ledger.dialect import clock
from saber_pipeline.ledger.store import get_value, set_value

if TYPE_CHECKING:
    import sqlalchemy as sa

WANTED_KEY = "publications_wanted"
DONE_KEY = "publications_done"
AT_KEY = "published_at"


def draw_number(connection: sa.Connection) -> int:
    """Draw a number higher than all before, for a run that has landed everything."""
    number = last_number(connection) + 1
    set_value(connection, WANTED_KEY, str(number))
    return number


def last_number(connection: sa.Connection) -> int:
    """The number drawn last, or 0. Read it before loading."""
    return int(get_value(connection, WANTED_KEY) or 0)


def note_publication(connection: sa.Connection, number: int, *, is_new: bool) -> None:
    """Record that everything up to ``number``, read before the load, is published. ``is_new``: as a new version."""
    if number > int(get_value(connection, DONE_KEY) or 0):
        set_value(connection, DONE_KEY, str(number))
    if is_new:
        set_value(connection, AT_KEY, str(clock(connection)))


def is_published(connection: sa.Connection, number: int) -> bool:
    """Whether a publication has loaded everything that had landed when ``number`` was drawn."""
    return number <= int(get_value(connection, DONE_KEY) or 0)


def published_at(connection: sa.Connection) -> float | None:
    """When the newest version was made, by the ledger's clock; None if that was never recorded."""
    noted = get_value(connection, AT_KEY)
    return None if noted is None else float(noted)
