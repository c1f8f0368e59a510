"""How far a ledger is: its identity, and a counter that rises with every step that an older copy must not forget.

A step is a purchase written ahead, what the API named for it, or answers that have landed. Landing and warehouse keep
a mark of the newest one (``runs/directory_marks.py``), so that a copy taken a moment earlier is seen, from within a run
too.
"""

from __future__ import annotations

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.dialect import insert

IDENTITY, COUNTER = "identity", "counter"
STEPPED = "stepped"
"""The key in a connection's ``info`` that says: this transaction took a step."""


def count_step(connection: sa.Connection) -> None:
    """Count a step of the transaction; the marks follow once it is committed."""
    if connection.info.get(STEPPED):
        return  # the marks tell transactions apart, not what is in one
    one_more = sa.cast(sa.cast(t.key_values.c.value, t.WHOLE) + 1, sa.Text)
    first = insert(connection, t.key_values).values(name=COUNTER, value="1")
    connection.execute(first.on_conflict_do_update(index_elements=["name"], set_={"value": one_more}))
    connection.info[STEPPED] = True


def position(connection: sa.Connection) -> tuple[str | None, int]:
    """The ledger's identity, None for one that no run has used yet, and its counter."""
    f = t.key_values.c
    rows = connection.execute(sa.select(f.name, f.value).where(f.name.in_([IDENTITY, COUNTER])))
    found = {str(name): str(value) for name, value in rows}
    return found.get(IDENTITY), int(found.get(COUNTER) or 0)
