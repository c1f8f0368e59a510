"""The state machine of every purchase: its intent is written before it is sent, and its outcome afterwards.

    (claimed) ─► intended ─► accepted │ refused │ unknown        unknown ─► accepted │ refused

An undecided purchase (intended or unknown) may have been paid. A run releases an intent that it never sent, unless
another run has decided about it meanwhile. The intent of a dead run has an unknown outcome. A purchase counts as spent
from its intent on, until it is known to have bought nothing.

Each product's own module decides which claims are sent or released, and when a purchase may be sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from saber_pipeline.ledger.dialect import insert
from saber_pipeline.ledger.purchase_rows import ACCEPTED, CLAIMED, INTENDED, REFUSED, UNKNOWN, Key, PurchaseRows
from saber_pipeline.ledger.reasons import kept_reason
from saber_pipeline.ledger.runs import seconds_silent
from saber_pipeline.ledger.spending import note_intent, take_off
from saber_pipeline.ledger.steps import count_step

RUN_ENDED = "the run ended before the reply was recorded"
"""The reason for the unknown outcome of a dead run's intent."""


@dataclass(frozen=True)
class Clocks:
    """The API's and the machine's time, and how long a run may be silent before it counts as dead."""

    api_now: float
    machine_now: float
    lease_seconds: float


def intend(
    connection: sa.Connection,
    rows: PurchaseRows,
    key: Key,
    run_id: str,
    *,
    at: float,
    machine_at: float | None,
    price: Decimal,
    send_claims: Callable[[], int] = lambda: 0,
    **more: object,
) -> int:
    """Record the intent of a purchase at ``price`` credits each. Commit before sending it.

    ``send_claims`` attaches claims in other tables to the purchase, and returns how many this run has lost. Returns the
    number of lost claims. If there are any, roll back and send nothing.
    """
    count_step(connection)
    api_column, machine_column = rows.declared.intended_at
    values: dict[str, object] = {"state": INTENDED, api_column: at, machine_column: machine_at, "reason": None, **more}
    if rows.declared.is_claim:
        claim = sa.and_(rows.this(key), rows.c.state == CLAIMED, rows.c.run_id == run_id)
        lost = 1 - connection.execute(sa.update(rows.table).where(claim).values(**values)).rowcount
    else:
        values |= {"run_id": run_id, **rows.named(key)}
        statement = insert(connection, rows.table).values(**values)
        keys = [column.name for column in rows.table.primary_key]
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))
        lost = send_claims()
    if not lost:
        note_intent(connection, rows, key, run_id=run_id, at=at, price=price)
    return lost


def is_intended(connection: sa.Connection, rows: PurchaseRows, key: Key, run_id: str) -> bool:
    """Whether the run may still send its intent: no other run took it for dead, or decided about the purchase."""
    query = sa.select(rows.c.state).where(rows.this(key), rows.c.run_id == run_id)
    return connection.execute(query).scalar() == INTENDED


def accept(connection: sa.Connection, rows: PurchaseRows, key: Key, *, state: str = ACCEPTED, **named: object) -> None:
    """Record that the purchase was accepted, with its ``state`` and the values that the reply names.

    If no look-up at the API can show the purchase again, this counts as a step: an older copy of the ledger lacks it.
    """
    if not rows.product.can_be_looked_up:
        count_step(connection)
    _set(connection, rows, rows.this(key), state=state, **_known(rows), **named)


def refuse(
    connection: sa.Connection, rows: PurchaseRows, key: Key, reason: str | None, *, state: str = REFUSED, **more: object
) -> None:
    """Record that the purchase certainly bought nothing, and subtract it from ``spending``."""
    take_off(connection, rows, key)
    kept = None if reason is None else kept_reason(reason)
    _set(connection, rows, rows.this(key), state=state, reason=kept, **_known(rows), **more)


def mark_unknown(
    connection: sa.Connection,
    rows: PurchaseRows,
    key: Key,
    reason: str,
    *,
    at: float | None = None,
    machine_at: float | None = None,
) -> None:
    """Record an unknown outcome since ``at`` (the API's clock). A decision of another run stays."""
    since = dict(zip(rows.declared.unknown_at or (), (at, machine_at), strict=False))
    condition = sa.and_(rows.this(key), rows.undecided)
    _set(connection, rows, condition, state=UNKNOWN, reason=kept_reason(reason), **since)


def accept_proven(connection: sa.Connection, rows: PurchaseRows, keys: Collection[str]) -> None:
    """Accept purchases with an unknown outcome whose results were found at the API."""
    condition = sa.and_(rows.c[rows.declared.key[0]].in_(keys), rows.c.state == UNKNOWN)
    _set(connection, rows, condition, state=ACCEPTED, **_known(rows))


def give_back(
    connection: sa.Connection, rows: PurchaseRows, key: Key, run_id: str, free_claims: Callable[[], None] = lambda: None
) -> None:
    """Release an undecided purchase that was never sent, even if another run marked it unknown."""
    mine = sa.and_(rows.this(key), rows.c.run_id == run_id, rows.undecided)
    if connection.execute(sa.select(rows.c.run_id).where(mine)).first() is not None:
        refuse(connection, rows, key, "it was never sent")
        free_claims()


def adopt_orphans(
    connection: sa.Connection, rows: PurchaseRows, live_runs: Collection[str], clocks: Clocks | None = None
) -> None:
    """Mark the intents of dead runs as unknown, since the time at which the run may last have sent anything.

    Minutes may pass between intent and transmission, so the time of the intent would be too early.
    """
    left = rows.left_by_the_dead(live_runs)
    if clocks is None or rows.declared.unknown_at is None:
        _set(connection, rows, left, state=UNKNOWN, reason=RUN_ENDED)
        return
    times = (rows.c[name] for name in rows.declared.intended_at)
    keys = (rows.c[name] for name in rows.declared.key)
    orphans = connection.execute(sa.select(rows.c.run_id, *times, *keys).where(left)).fetchall()
    for run_id, at, machine_at, *key in orphans:
        silent = seconds_silent(connection, run_id, lease_seconds=clocks.lease_seconds)
        since = at, machine_at
        if silent is not None:
            silent_since = clocks.machine_now - silent
            since = max(at, clocks.api_now - silent), max(silent_since, machine_at or silent_since)
        mark_unknown(connection, rows, tuple(key), RUN_ENDED, at=since[0], machine_at=since[1])


def _known(rows: PurchaseRows) -> dict[str, None]:
    """Values for a decided purchase: reset ``unknown_at``, if the table has it."""
    return {} if rows.declared.unknown_at is None else {rows.declared.unknown_at[0]: None}


def _set(connection: sa.Connection, rows: PurchaseRows, condition: sa.ColumnElement[bool], **values: object) -> None:
    connection.execute(sa.update(rows.table).where(condition).values(**values))
