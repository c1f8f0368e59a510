"""Live runs: a run writes heartbeats, and its claims hold as long as it does."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import sqlalchemy as sa

from saber_pipeline.errors import PipelineError, StorageError
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.dialect import clock, is_postgres, this_machine
from saber_pipeline.ledger.machine_versions import note_versions
from saber_pipeline.ledger.moved import check_is_here
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.ledger.tables import PairState

logger = logging.getLogger(__name__)


class ClaimLostError(PipelineError):
    """Another run has this run's claim, because the lease had ended or by a takeover (``takeovers.py``)."""


IsOurs = Callable[[sa.Connection], bool]
"""Whether a recorded intent still belongs to the run that recorded it."""


@contextmanager
def lease(ledger: Ledger, run_id: str, *, lease_seconds: float) -> Iterator[None]:
    """Keep ``run_id`` alive in the ledger from a thread until the block ends.

    The thread runs in the working process. So an orphaned step that still works keeps its claims, and a killed one
    loses them ``lease_seconds`` after its last heartbeat.

    Raises:
        OtherLedgerError: the ledger was moved elsewhere meanwhile.
    """
    with ledger.transaction() as connection:
        check_is_here(connection)
        note_versions(connection)
        now = clock(connection)
        connection.execute(sa.delete(t.runs).where(t.runs.c.run_id == run_id))
        connection.execute(
            sa.insert(t.runs).values(
                run_id=run_id,
                host=this_machine(connection),
                process_id=os.getpid(),
                started_at=now,
                heartbeat_at=now,
            )
        )
    stopped = threading.Event()
    heart = threading.Thread(
        target=_beat, args=(ledger, run_id, lease_seconds / 4, stopped), name="saber-heartbeat", daemon=True
    )
    heart.start()
    try:
        yield
    finally:
        stopped.set()
        heart.join()
        with suppress(StorageError), ledger.transaction() as connection:  # without this mark, the lease just expires
            connection.execute(sa.update(t.runs).where(t.runs.c.run_id == run_id).values(ended_at=clock(connection)))


def live_runs(connection: sa.Connection, *, lease_seconds: float) -> frozenset[str]:
    """The runs whose heartbeat is younger than the lease, and not further in the future (a clock may be set back).

    A run of this machine whose process has ended is not alive, so that nothing waits for its lease to expire.
    """
    r = t.runs.c
    now = clock(connection)
    rows = connection.execute(
        sa.select(r.run_id, r.host, r.process_id).where(
            r.ended_at.is_(None), r.heartbeat_at.between(now - lease_seconds, now + lease_seconds)
        )
    )
    here = this_machine(connection)
    return frozenset(run_id for run_id, host, process_id in rows if host != here or _exists(process_id))


@dataclass(frozen=True)
class Worker:
    """A live run. It is about to buy ``claimed`` pairs, and waits for ``in_flight`` pairs that it bought.

    ``silent_seconds``: the age of its last heartbeat. The lease expires when this exceeds the lease time.
    """

    run_id: str
    host: str
    process_id: int
    started_at: float
    silent_seconds: float
    claimed: int
    in_flight: int


def workers(connection: sa.Connection, live_runs: Collection[str]) -> list[Worker]:
    """The ``live_runs``, in the order in which they began."""
    r, p = t.runs.c, t.pairs.c
    now = clock(connection)
    counts = connection.execute(
        sa.select(p.run_id, p.state, sa.func.count())
        .where(p.run_id.in_(live_runs), p.state.in_([PairState.CLAIMED, PairState.SENT]))
        .group_by(p.run_id, p.state)
    )
    pairs = {(run_id, PairState(state)): count for run_id, state, count in counts}
    rows = connection.execute(sa.select(t.runs).where(r.run_id.in_(live_runs)).order_by(r.started_at, r.run_id))
    return [
        Worker(
            row.run_id,
            row.host.partition(" ")[0],  # on Postgres the boot id and PID namespace follow
            row.process_id,
            row.started_at,
            max(0.0, now - row.heartbeat_at),
            pairs.get((row.run_id, PairState.CLAIMED), 0),
            pairs.get((row.run_id, PairState.SENT), 0),
        )
        for row in rows
    ]


def silent_runs(connection: sa.Connection, *, longer_than_seconds: float) -> frozenset[str]:
    """The unended runs whose last heartbeat is older than this, so that their processes must be gone."""
    r = t.runs.c
    is_silent = r.heartbeat_at < clock(connection) - longer_than_seconds
    return frozenset(connection.scalars(sa.select(r.run_id).where(r.ended_at.is_(None), is_silent)))


def heartbeat_age(connection: sa.Connection, run_id: str, *, now: float) -> float | None:
    """Seconds since the run's last heartbeat by the wall clock; None for an unknown run.

    ``now`` is the machine's time; on Postgres the database's time is used instead.
    """
    r = t.runs.c
    beat = connection.execute(sa.select(r.heartbeat_at).where(r.run_id == run_id)).scalar()
    now = clock(connection) if is_postgres(connection) else now
    return None if beat is None else now - float(beat)


def seconds_silent(connection: sa.Connection, run_id: str, *, lease_seconds: float) -> float | None:
    """How long ``run_id`` has certainly sent nothing; None for an unknown run.

    A run that died may have sent something until its lease expired.
    """
    r = t.runs.c
    row = connection.execute(sa.select(r.heartbeat_at, r.ended_at).where(r.run_id == run_id)).first()
    if row is None:
        return None
    last = row.heartbeat_at + lease_seconds if row.ended_at is None else row.ended_at
    return max(0.0, clock(connection) - float(last))


def renew(connection: sa.Connection, run_id: str, *, now: float) -> None:
    """Write an extra heartbeat at ``now`` by the machine's clock; on Postgres by the database's."""
    now = clock(connection) if is_postgres(connection) else now
    connection.execute(sa.update(t.runs).where(t.runs.c.run_id == run_id).values(heartbeat_at=now))


def _beat(ledger: Ledger, run_id: str, every_seconds: float, stopped: threading.Event) -> None:
    while not stopped.wait(every_seconds):
        try:
            with ledger.single_row() as connection:
                connection.execute(
                    sa.update(t.runs).where(t.runs.c.run_id == run_id).values(heartbeat_at=clock(connection))
                )
        except StorageError:
            logger.warning("The ledger is busy, so this run's heartbeat is late.", exc_info=True)


def _exists(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
