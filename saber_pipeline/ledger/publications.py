"""Which runs' answers are published: a run that wants to publish draws a number, and a publication notes the last one.

Everything that a run landed and wrote here comes before its number. So whoever reads the numbers drawn before it loads
publishes for all of them.
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
    """A number that is higher than all before it, for a run that has landed everything."""
    number = last_number(connection) + 1
    set_value(connection, WANTED_KEY, str(number))
    return number


def last_number(connection: sa.Connection) -> int:
    """The last one that was drawn: 0 where none was. Read it before loading."""
    return int(get_value(connection, WANTED_KEY) or 0)


def note_publication(connection: sa.Connection, number: int, *, is_new: bool) -> None:
    """What ``last_number`` said before the load is published; ``is_new`` where that has made a new version."""
    if number > int(get_value(connection, DONE_KEY) or 0):
        set_value(connection, DONE_KEY, str(number))
    if is_new:
        set_value(connection, AT_KEY, str(clock(connection)))


def is_published(connection: sa.Connection, number: int) -> bool:
    """Whether a publication has loaded all that was there when ``number`` was drawn."""
    return number <= int(get_value(connection, DONE_KEY) or 0)


def published_at(connection: sa.Connection) -> float | None:
    """When the newest version was made, by the ledger's clock; None where nobody has noted it."""
    noted = get_value(connection, AT_KEY)
    return None if noted is None else float(noted)
