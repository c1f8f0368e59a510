"""Ledger, landing and warehouse know one another, so that a ledger that was lost, or is an older copy, buys nothing.

The ledger holds an identity and a counter that rises with each purchase written ahead and all that lands
(``ledger/steps.py``). Landing and warehouse each keep a mark with both. The ledger alone knows what is on its way: one
that is behind a mark, if only by the last purchase of a run, would have it bought again.
"""

from __future__ import annotations

import json
import os
import tempfile
import uuid
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from saber_pipeline.config.paths import DataPaths, cannot_write, make_folder
from saber_pipeline.config.private_files import make_durable, private_files
from saber_pipeline.errors import OtherLedgerError
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.ledger_copy import DIRECTORY
from saber_pipeline.ledger.moved import ARRIVING, MOVED, check_is_here
from saber_pipeline.ledger.steps import COUNTER, IDENTITY, count_step, position
from saber_pipeline.ledger.store import Ledger, get_value, set_value
from saber_pipeline.warehouse.landed_files import list_landed

if TYPE_CHECKING:
    from saber_pipeline.store.shared_marks import SharedMarks

MARK_BYTES = 96
"""A mark is rewritten in place: so long that every counter fits, and so short that no disk writes half of it."""
CURE = (
    "Nothing was spent. Restore the newest ledger folder from a backup. Without a backup, `saber-pipeline rebuild "
    "--accept-ledger` continues with this ledger: every landed answer is kept, but purchases that have not landed "
    "yet are unknown, and may be made again."
)


def open_to_spend(paths: DataPaths) -> Ledger:
    """Open the ledger for a run that may spend, and count the run; from now on the marks follow each of its steps.

    Raises:
        OtherLedgerError: the ledger is missing, empty, older than what landing or warehouse show, or another one.
        StorageError: the data directory cannot be written.
    """
    shared = read_shared(paths)
    ledger = Ledger.open(paths.ledger)
    ledger.mark = partial(write_marks, paths)
    try:
        with ledger.transaction() as connection:
            check_is_here(connection)
            if shared is not None and shared.directory is None:
                shared = read_shared(paths)  # a new store: another machine may have begun with it meanwhile
            check_belongs(connection, paths, shared)
            if get_value(connection, IDENTITY) is None:
                set_value(connection, IDENTITY, uuid.uuid4().hex)
                _own(connection, paths)
                share_mark(connection, paths)
            count_step(connection)
        if shared is not None and shared.directory is None:
            directory_id(paths)  # a folder that was used before there was a store: the store is this one's from now on
        ledger.checkpoint()
    except BaseException:
        ledger.close()
        raise
    return ledger


def accept_ledger(paths: DataPaths) -> None:
    """Take the ledger that is there, or a new one, for the one that belongs to landing and warehouse."""
    with closing(Ledger.open(paths.ledger)) as ledger:
        ledger.mark = partial(write_marks, paths)
        with ledger.transaction() as connection:
            _, counter = position(connection)
            highest = max((counter, *(marked for _, marked in _marks(paths, read_shared(paths)))))
            set_value(connection, IDENTITY, uuid.uuid4().hex)  # the lost one is refused from now on
            set_value(connection, COUNTER, str(highest))
            connection.execute(sa.delete(t.key_values).where(t.key_values.c.name.in_([MOVED, ARRIVING])))
            _own(connection, paths)
            share_mark(connection, paths)
            count_step(connection)
        ledger.checkpoint()


def check_belongs(connection: sa.Connection, paths: DataPaths, shared: SharedMarks | None) -> None:
    """Whether the ledger is the one that landing and warehouse belong to, and the newest; ``shared`` is what
    ``read_shared`` gave, before the transaction: others wait for that.

    Raises:
        OtherLedgerError: it was lost, is an older copy, or belongs to other data.
    """
    identity, counter = position(connection)
    marks = _marks(paths, shared)
    if _is_empty(connection) and (marks or list_landed(paths.landed_signals)):
        raise OtherLedgerError(f"The ledger {paths.ledger} was lost: it is new, but answers have landed. {CURE}")
    if identity is None and not marks:
        return  # a new data directory, or one of a version without marks
    here = shared.directory if shared is not None else None
    if paths.ledger_address is not None and get_value(connection, DIRECTORY) not in (None, here or _own_id(paths)):
        raise OtherLedgerError(
            f"The ledger {paths.ledger} belongs to another data directory than {paths.data_dir}, so the purchases of "
            "that one would be made again for this one. Nothing was spent. Let all machines share one data "
            "directory, or give this one another database or schema. If it is the same data directory, and its "
            "landing and warehouse were lost, `saber-pipeline rebuild --accept-ledger` continues with it."
        )
    if any(marked != identity for marked, _ in marks):
        raise OtherLedgerError(
            f"The ledger {paths.ledger} is not the one that landing or warehouse belong to: one of them is a copy "
            f"from another place or time. {CURE}"
        )
    newest = max((marked for _, marked in marks), default=0)
    if newest > counter:
        raise OtherLedgerError(
            f"The ledger {paths.ledger} is an older copy: it ends at step {counter:,}, but landing or warehouse have "
            f"step {newest:,}. {CURE}"
        )


def _own(connection: sa.Connection, paths: DataPaths) -> None:
    """Write down whose ledger it is, where it does not stand in the data directory itself."""
    if paths.ledger_address is not None:
        set_value(connection, DIRECTORY, directory_id(paths))


def share_mark(connection: sa.Connection, paths: DataPaths) -> None:
    """Leave a mark for the machines that share the store, where there is one.

    Not at each step, which would take a request: where a run begins to use a ledger, and with each publication.
    """
    if paths.store_address is not None:
        from saber_pipeline.store.shared_marks import write_shared_mark  # noqa: PLC0415 - not without a store

        identity, counter = position(connection)
        if identity is not None:  # lists may be published before the first run
            write_shared_mark(paths.store_address, identity, counter)


def directory_id(paths: DataPaths) -> str:
    """What tells this data directory from others, made at first use; of several that make it at once, one counts.

    Folders that share a store are one data directory.
    """
    own = _own_id(paths)
    if paths.store_address is None:
        return own
    from saber_pipeline.store.shared_marks import shared_directory_id  # noqa: PLC0415 - not without a store

    return shared_directory_id(paths.store_address, own)


def _own_id(paths: DataPaths) -> str:
    file = paths.landing / "directory.id"
    make_folder(file.parent)
    try:
        with private_files(file.parent), tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=".") as new:
            new.write(uuid.uuid4().hex)
            new.flush()
            os.fsync(new.fileno())
            with suppress(FileExistsError):
                os.link(new.name, file)
                make_durable(file.parent)
        return file.read_text("ascii")
    except OSError as error:
        raise cannot_write(file, error) from error


def _is_empty(connection: sa.Connection) -> bool:
    """Whether nothing was ever done with it."""
    tables = [table for table in t.metadata.sorted_tables if table is not t.key_values]
    has_rows = any(connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() for table in tables)
    return not has_rows and get_value(connection, IDENTITY) is None


def _mark_files(paths: DataPaths) -> tuple[Path, Path]:
    return paths.landing / "ledger.json", paths.warehouse_folder / "ledger.json"


def read_shared(paths: DataPaths) -> SharedMarks | None:
    """What the store says of ledger and data directory, where there is one.

    Raises:
        StorageError: the store does not respond as it should.
    """
    if paths.store_address is None:
        return None
    from saber_pipeline.store.shared_marks import read_shared_marks  # noqa: PLC0415 - not without a store

    return read_shared_marks(paths.store_address)


def _marks(paths: DataPaths, shared: SharedMarks | None) -> list[tuple[str, int]]:
    here = _marks_here(paths)
    if shared is None or shared.ledger is None:
        return here
    # Another machine may have accepted another ledger since one was used here.
    return [shared.ledger, *(mark for mark in here if mark[0] == shared.ledger[0])]


def _marks_here(paths: DataPaths) -> list[tuple[str, int]]:
    found = []
    for file in _mark_files(paths):
        try:
            mark = json.loads(file.read_text("utf-8"))
            found.append((str(mark[IDENTITY]), int(mark[COUNTER])))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # deleted with its folder, or never made: the other one tells
    return found


def write_marks(paths: DataPaths, identity: str, counter: int) -> None:
    """Rewrite both marks; the caller sees to it that nobody writes an older one at the same time.

    Only landing's is waited for until it is on the disk: that of the warehouse outlives a killed run, and after a power
    cut landing's is there.
    """
    written = json.dumps({IDENTITY: identity, COUNTER: counter}).encode().ljust(MARK_BYTES) + b"\n"
    landing, warehouse = _mark_files(paths)
    _write_mark(warehouse, written, is_synced=False)
    _write_mark(landing, written, is_synced=True)


def _write_mark(file: Path, written: bytes, *, is_synced: bool) -> None:
    is_new = not file.exists()
    try:
        if is_new:
            make_folder(file.parent)
        with private_files(file.parent):
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(descriptor, written, 0)
            if is_synced:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            make_durable(file.parent)
    except OSError as error:
        raise cannot_write(file, error) from error
