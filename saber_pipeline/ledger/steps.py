"""The ledger's position: its identity, and a counter that rises with every step that an older copy would lack.

A step is an intent, the ids that the API named for it, or landed answers. Landing and warehouse keep a mark of the
newest step (``runs/directory_marks.py``), so that an older copy of the ledger is detected, even within a run.
"""

from __future__ import annotations

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.dialect import insert

IDENTITY, COUNTER = "identity", "counter"
STEPPED = "stepped"
"""The key in a connection's ``info`` that marks a transaction with a step."""


def count_step(connection: sa.Connection) -> None:
    """Count a step of the transaction. The marks are written after its commit."""
    if connection.info.get(STEPPED):
        return  # one count for each transaction is enough for the marks
    one_more = sa.cast(sa.cast(t.key_values.c.value, t.WHOLE) + 1, sa.Text)
    first = insert(connection, t.key_values).values(name=COUNTER, value="1")
    connection.execute(first.on_conflict_do_update(index_elements=["name"], set_={"value": one_more}))
    connection.info[STEPPED] = True


def position(connection: sa.Connection) -> tuple[str | None, int]:
    """The ledger's identity (None before its first run) and its counter."""
    f = t.key_values.c
    rows = connection.execute(sa.select(f.name, f.value).where(f.name.in_([IDENTITY, COUNTER])))
    found = {str(name): str(value) for name, value in rows}
    return found.get(IDENTITY), int(found.get(COUNTER) or 0)
