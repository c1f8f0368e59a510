"""Ledger, landing and warehouse know one another, so that a ledger that was lost, or is an older copy, buys nothing.

The ledger holds an identity and a counter that grows with each run that may spend. Landing and warehouse each keep a
mark with both. The ledger alone knows what is on its way: one that is behind a mark would have it bought again.
"""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path

import sqlalchemy as sa

from saber_pipeline.config.paths import DataPaths, cannot_write, make_folder
from saber_pipeline.config.private_files import private_files
from saber_pipeline.errors import OtherLedgerError
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.store import Ledger, get_fact, set_fact
from saber_pipeline.warehouse.landed_files import list_landed
from saber_pipeline.warehouse.landing import sync_folder

IDENTITY, COUNTER = "identity", "counter"
CURE = (
    "Nothing was spent. Put the newest ledger folder back from a backup. Where there is none, "
    "`saber-pipeline rebuild --accept-ledger` goes on with this one: every answer that has landed is kept, but "
    "what was bought and has not landed yet is no longer known, and may be bought again."
)


def open_to_spend(paths: DataPaths) -> Ledger:
    """Open the ledger for a run that may spend, and count the run.

    Raises:
        OtherLedgerError: the ledger is missing, empty, older than what landing or warehouse show, or another one.
        StorageError: the data directory cannot be written.
    """
    ledger = Ledger.open(paths.ledger_file)
    try:
        with ledger.transaction() as connection:
            _check(connection, paths)
            identity, counter = _count(connection, 0)
        ledger.checkpoint()
        _mark(paths, identity, counter)
    except BaseException:
        ledger.close()
        raise
    return ledger


def accept_ledger(paths: DataPaths) -> None:
    """Take the ledger that is there, or a new one, for the one that belongs to landing and warehouse."""
    ledger = Ledger.open(paths.ledger_file)
    try:
        with ledger.transaction() as connection:
            highest = max((counter for _, counter in _marks(paths)), default=0)
            set_fact(connection, IDENTITY, uuid.uuid4().hex)  # the lost one is refused from now on
            identity, counter = _count(connection, highest)
        ledger.checkpoint()
        _mark(paths, identity, counter)
    finally:
        ledger.close()


def _check(connection: sa.Connection, paths: DataPaths) -> None:
    identity = get_fact(connection, IDENTITY)
    counter = int(get_fact(connection, COUNTER) or 0)
    marks = _marks(paths)
    if _is_empty(connection) and (marks or list_landed(paths.landed_signals)):
        raise OtherLedgerError(f"The ledger {paths.ledger_file} was lost: it is new, but answers have landed. {CURE}")
    if identity is None and not marks:
        return  # a new data directory, or one of a version without marks
    if any(marked != identity for marked, _ in marks):
        raise OtherLedgerError(
            f"The ledger {paths.ledger_file} is not the one that landing or warehouse belong to: one of them is a copy "
            f"from elsewhere, or from before. {CURE}"
        )
    newest = max((marked for _, marked in marks), default=0)
    if newest > counter:
        raise OtherLedgerError(
            f"The ledger {paths.ledger_file} is an older copy: it knows of {counter:,} runs, and landing or warehouse "
            f"of {newest:,}. {CURE}"
        )


def _is_empty(connection: sa.Connection) -> bool:
    """Whether nothing was ever done with it."""
    tables = [table for table in t.metadata.sorted_tables if table is not t.facts]
    has_rows = any(connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() for table in tables)
    return not has_rows and get_fact(connection, IDENTITY) is None


def _count(connection: sa.Connection, at_least: int) -> tuple[str, int]:
    identity = get_fact(connection, IDENTITY) or uuid.uuid4().hex
    counter = max(int(get_fact(connection, COUNTER) or 0), at_least) + 1
    set_fact(connection, IDENTITY, identity)
    set_fact(connection, COUNTER, str(counter))
    return identity, counter


def _mark_files(paths: DataPaths) -> tuple[Path, Path]:
    return paths.landing / "ledger.json", paths.warehouse_folder / "ledger.json"


def _marks(paths: DataPaths) -> list[tuple[str, int]]:
    found = []
    for file in _mark_files(paths):
        try:
            mark = json.loads(file.read_text("utf-8"))
            found.append((str(mark[IDENTITY]), int(mark[COUNTER])))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # deleted with its folder, or never made: the other one tells
    return found


def _mark(paths: DataPaths, identity: str, counter: int) -> None:
    for file in _mark_files(paths):
        make_folder(file.parent)
        partial = file.with_name(f".{file.name}.{os.getpid()}.{counter}.partial")
        try:
            with private_files(file.parent), partial.open("w", encoding="utf-8") as written:
                json.dump({IDENTITY: identity, COUNTER: counter}, written)
                written.flush()
                os.fsync(written.fileno())
            partial.replace(file)
            sync_folder(file.parent)
        except OSError as error:
            raise cannot_write(file, error) from error
