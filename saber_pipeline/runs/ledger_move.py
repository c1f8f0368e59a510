"""The ledger moved from its file into a database, or back: whole, compared row by row, or not at all.

Three transactions. In the first the rows are written and compared; the new ledger says that it is not complete. In the
second, which has kept everybody from writing the old one meanwhile, the old one says that it was left. In the third the
new one is complete, and counts a step, so that landing and warehouse know it. No run begins with a ledger that was left
or is not complete, and a move that broke off between two of them is made whole by the same command.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.secrets import LedgerAddress
from saber_pipeline.errors import OtherLedgerError, StorageError
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.ledger_copy import DIRECTORY, copy_rows, count_rows
from saber_pipeline.ledger.moved import ARRIVING, MOVED, move_of
from saber_pipeline.ledger.runs import live_runs
from saber_pipeline.ledger.steps import count_step, position
from saber_pipeline.ledger.store import Ledger, ledger_is_there, set_value
from saber_pipeline.runs.directory_marks import check_belongs, directory_id, read_shared, write_marks

Place = Path | LedgerAddress


@dataclass(frozen=True)
class LedgerMove:
    """A move that was made, or would be: from where to where, and the rows of each table."""

    source: Place
    target: Place
    rows: Mapping[str, int]


def plan_move(paths: DataPaths, target: Place, *, lease_seconds: float) -> LedgerMove:
    """What a move of the ledger to ``target`` would do. Writes nothing.

    Raises:
        OtherLedgerError: there is nothing to move, or somewhere that is not empty to move it to.
        StorageError: a run is alive, or one of the two cannot be read.
    """
    source = _other(paths, target)
    with closing(Ledger.open_to_read(source)) as ledger, ledger.reading() as leaving:
        with closing(Ledger.open_to_read(target)) as other, other.reading() as coming:
            if not _is_left_half(leaving, coming):
                _check(leaving, coming, source, target, paths, lease_seconds)
        return LedgerMove(source, target, count_rows(leaving))


def move_ledger(
    paths: DataPaths, target: Place, *, lease_seconds: float, told: Callable[[int], None] = lambda _rows: None
) -> LedgerMove:
    """Move the ledger to ``target``, one of the two places that ``paths`` has for it: the database, or the file.

    ``told`` is told of each slice of rows, when it is written and when it was compared.

    Raises:
        OtherLedgerError: there is nothing to move, or somewhere that is not empty to move it to.
        StorageError: a run is alive, one of the two cannot be used, or does not hold what was written.
    """
    source = _other(paths, target)
    if not ledger_is_there(source):
        raise _nothing_to_move(source)
    with closing(Ledger.open(source)) as ledger, closing(Ledger.open(target)) as other:
        with ledger.transaction() as leaving:
            move = LedgerMove(source, target, count_rows(leaving))
            with other.reading() as coming:
                is_left_half = _is_left_half(leaving, coming)
            if not is_left_half:
                move_id = uuid.uuid4().hex
                with other.transaction() as coming:
                    _check(leaving, coming, source, target, paths, lease_seconds)
                    if different := copy_rows(leaving, coming, on_rows=told):
                        raise StorageError(
                            f"The ledger {target} does not hold what was written into it, in the tables "
                            f"{', '.join(different)}. Nothing was moved, spent or lost. Try another place for it."
                        )
                    set_value(coming, ARRIVING, f"{move_id} {source}")
                set_value(leaving, MOVED, f"{move_id} {target}")
        other.mark = partial(write_marks, paths)
        with other.transaction() as coming:
            coming.execute(sa.delete(t.key_values).where(t.key_values.c.name == ARRIVING))
            if isinstance(target, LedgerAddress):
                set_value(coming, DIRECTORY, directory_id(paths))
            count_step(coming)
        other.checkpoint()
    return move


def _other(paths: DataPaths, target: Place) -> Place:
    return paths.ledger_file if isinstance(target, LedgerAddress) else paths.ledger


def _is_left_half(leaving: sa.Connection, coming: sa.Connection) -> bool:
    """Whether a move of all rows broke off after the old ledger was left."""
    left, came = move_of(leaving, MOVED), move_of(coming, ARRIVING)
    return left is not None and came is not None and left[0] == came[0]


def _check(
    leaving: sa.Connection, coming: sa.Connection, source: Place, target: Place, paths: DataPaths, lease_seconds: float
) -> None:
    if left := move_of(leaving, MOVED):
        raise OtherLedgerError(f"The ledger {source} was moved to {left[1]} already. Nothing was moved or spent.")
    identity, _ = position(leaving)
    if identity is None and not any(count_rows(leaving).values()):
        raise _nothing_to_move(source)
    belongs = replace(paths, ledger_address=None) if isinstance(source, Path) else paths
    check_belongs(leaving, belongs, read_shared(paths))
    if live := live_runs(leaving, lease_seconds=lease_seconds):
        raise StorageError(
            f"{len(live):,} runs are at work with the ledger {source}. Nothing was moved, spent or lost. Stop the "
            "daemon and the webhook receiver, let the runs end, then repeat the command."
        )
    is_a_rest = move_of(coming, MOVED) or move_of(coming, ARRIVING)
    rows = sum(count_rows(coming).values())
    if rows and not (is_a_rest and position(coming)[0] == identity):  # what a move of this ledger left may be replaced
        raise OtherLedgerError(
            f"The ledger {target} holds {rows:,} rows already. Nothing was moved or spent. Use an empty database or "
            "schema, or move the old ledger file away."
        )


def _nothing_to_move(source: Place) -> OtherLedgerError:
    return OtherLedgerError(
        f"There is nothing in the ledger {source}. Nothing was moved or spent. A new data directory needs no move: "
        "set SABER_LEDGER_URL, or leave it unset, and run."
    )
