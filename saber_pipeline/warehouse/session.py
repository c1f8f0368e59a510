"""Opening the private warehouse: one process at a time, for as short as possible.

DuckDB lets one process write and then nobody else even read, so processes queue on a lock file
before they connect (measured with eight writers: 0.3 s worst wait, against 6.4 s for a retry loop).
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from saber_pipeline.advisory_lock import WarehouseHold, warehouse_held
from saber_pipeline.config.paths import cannot_write, check_name, make_folder
from saber_pipeline.config.private_files import private_files
from saber_pipeline.errors import OutdatedWarehouseError, StorageError
from saber_pipeline.lock_holders import read_holder, when_slow, write_holder
from saber_pipeline.storage_failures import Trouble, as_storage_error, as_storage_failures, trouble_of
from saber_pipeline.warehouse.file_copy import log_of, remove_database
from saber_pipeline.warehouse.schema import create_tables, is_outdated
from saber_pipeline.warehouse.sql import literal
from saber_pipeline.warehouse.write_journal import FileState, WriteJournal, file_state, log_writes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.warehouse.shared_versions import SharedVersions

logger = logging.getLogger(__name__)

CATALOG_COLUMNS = ("question_id", "answer_type", "choices", "template_id", "template_version")
STORAGE_VERSION = "v1.4.0"  # what DuckDB 1.4 and later can open
ROW_GROUP_ROWS = 10_240
"""DuckDB writes a group of rows once it is full, and the last one, which is not, again at every checkpoint. With
its own 122,880 rows that is up to 480 MB of signals to compress again after each small load: 0.3 to 1.9 s, not 0.1."""
LONGEST_LOG = "64MB"
"""Full groups pass the log by, so what is in it is little: one checkpoint, by the publication, is enough."""


def state_of_warehouse(paths: DataPaths) -> FileState | None:
    """The state of the warehouse's file, which stands for its contents. Call this under the warehouse's lock.

    None where there is no file, or a log beside it: then the file alone does not tell the contents.
    """
    if log_of(paths.warehouse_file).exists():
        return None
    try:
        return file_state(paths.warehouse_file)
    except FileNotFoundError:
        return None


@dataclass
class WarehouseSession:
    """The open warehouse, under its lock. ``con`` is closed when the session ends, or by ``publish``.

    Where the ledger is in a database the lock may be lost meanwhile: ``hold`` is asked before each step that counts.
    ``journal`` is what is known of the versions published before, ``shared`` are those in the object store, where there
    is one. ``found`` is the state in which the session found the warehouse.
    """

    paths: DataPaths
    con: duckdb.DuckDBPyConnection
    hold: WarehouseHold
    journal: WriteJournal
    shared: SharedVersions | None = None
    found: FileState | None = None
    is_closed: bool = False

    def close_connection(self) -> None:
        """Write everything into the one file and let go of it, still under the lock."""
        self.hold.check()
        try:
            self.con.execute("CHECKPOINT")
            self.journal.add(self.con)
        except duckdb.Error as error:
            self.journal.forget()
            raise StorageError(
                f"The warehouse {self.paths.warehouse_file} cannot be written completely: "
                f"{str(error).splitlines()[0]}. Nothing paid for is lost, and analysts keep the answers they "
                "had. Free some disk space and run again."
            ) from error
        finally:
            self.is_closed = True
            self.con.close()

    def end(self) -> None:
        """The same for a session that does not publish. If it fails, the next session writes everything."""
        if self.is_closed or self.journal.is_empty or not self.hold.is_held:
            return
        with suppress(StorageError, duckdb.Error):
            self.close_connection()
            self.journal.note()


@contextmanager
def warehouse_session(paths: DataPaths, *, memory_limit: str = "200MB") -> Iterator[WarehouseSession]:
    """Open the warehouse for writing, creating it at first use.

    Waits while another process has it. StorageError when the folder cannot be written or something
    outside the pipeline holds the file.
    """
    make_folder(paths.warehouse_folder)
    with (
        as_storage_failures(f"The warehouse {paths.warehouse_file}"),
        private_files(paths.warehouse_folder),
        locked(paths.warehouse_lock),
        warehouse_held(paths.ledger_address) as hold,
    ):
        shared = bring_shared(paths, puts=True)
        journal = WriteJournal.of(paths.warehouse_file)
        found = state_of_warehouse(paths)
        con = connect_warehouse(paths.warehouse_file, memory_limit=memory_limit)
        try:
            if is_outdated(con):
                journal.forget()
                con.close()
                con = _connect_anew(paths, memory_limit)
            create_tables(con)
            session = WarehouseSession(paths, con, hold, journal, shared, found)
            yield session
            session.end()
        finally:
            if not hold.is_held:
                with suppress(duckdb.Error):  # closed already
                    con.execute("PRAGMA disable_checkpoint_on_shutdown")  # the file may be another run's by now
            con.close()


@contextmanager
def open_warehouse(paths: DataPaths, *, memory_limit: str = "200MB") -> Iterator[duckdb.DuckDBPyConnection]:
    """``warehouse_session`` for callers that do not publish: yields the connection alone."""
    with warehouse_session(paths, memory_limit=memory_limit) as session:
        yield session.con


@contextmanager
def read_warehouse(paths: DataPaths, *, memory_limit: str = "200MB") -> Iterator[duckdb.DuckDBPyConnection | None]:
    """Open the warehouse for reading, creating no file and no folder. Yields None while there is none."""
    if paths.store_address is not None:
        make_folder(paths.warehouse_folder)
        with locked(paths.warehouse_lock, leaves_name=False):
            bring_shared(paths, puts=False)
    if not paths.warehouse_file.is_file():
        yield None
        return
    with (
        as_storage_failures(f"The warehouse {paths.warehouse_file}"),
        locked(paths.warehouse_lock, leaves_name=False),
    ):
        con = connect_warehouse(paths.warehouse_file, memory_limit=memory_limit, read_only=True)
        try:
            if is_outdated(con):
                raise OutdatedWarehouseError(
                    f"The warehouse {paths.warehouse_file} was made by another version of this project, so nothing can "
                    "be read from it. Nothing was spent or lost. `saber-pipeline rebuild` rebuilds it from landing."
                )
            yield con
        finally:
            con.close()


def take_newest_answers(paths: DataPaths) -> None:
    """Make answers.duckdb the newest of all machines, for a reader. Without a store there is nothing to do.

    It waits for no run: a run that has the lock here is up to date itself.

    Raises:
        StorageError: the store does not respond as it should, and no earlier answers are here.
    """
    if paths.store_address is None:
        return
    try:
        make_folder(paths.warehouse_folder)
        with suppress(BlockingIOError), locked(paths.warehouse_lock, leaves_name=False, waits=False):
            bring_shared(paths, puts=False, is_patient=False)
    except StorageError as error:
        if not paths.answers_file.exists():
            raise
        logger.warning("Using the answers that were last fetched or published here. %s", error)


@contextmanager
def newest_answers_file(paths: DataPaths, *, ask_with: str = "saber-pipeline run") -> Iterator[Path]:
    """The newest answers.duckdb, to be opened inside the block. ``ask_with``: the command that makes it.

    Raises:
        StorageError: there is none yet, or it cannot be opened.
    """
    take_newest_answers(paths)
    if not paths.answers_file.exists():
        raise StorageError(f"There is no {paths.answers_file} yet: nothing was asked. Ask with `{ask_with}`.")
    try:
        yield paths.answers_file.resolve()
    except duckdb.Error as error:
        raise StorageError(
            f"{paths.answers_file} cannot be opened: {str(error).splitlines()[0]}. `saber-pipeline rebuild` rebuilds "
            "it from local files, without a request."
        ) from None


def bring_shared(paths: DataPaths, *, puts: bool, is_patient: bool = True) -> SharedVersions | None:
    """``shared_warehouse.bring_up_to_date`` where there is a store; None where there is none."""
    if paths.store_address is None:
        return None
    from saber_pipeline.warehouse.shared_warehouse import bring_up_to_date  # noqa: PLC0415 - not without a store

    return bring_up_to_date(paths, puts=puts, is_patient=is_patient)


@contextmanager
def locked(lock_file: Path, *, leaves_name: bool = True, waits: bool = True) -> Iterator[None]:
    """Hold ``lock_file`` between processes, and between threads of one. The kernel frees it at a crash.

    ``leaves_name``: write the holder's name into it; a session that only reads leaves none.
    Without ``waits``, BlockingIOError if somebody else holds it.
    """
    try:
        descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise cannot_write(lock_file, error) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not waits:
                raise
            with when_slow(lambda: _log_holder(lock_file)):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        if leaves_name:
            write_holder(descriptor)
        yield
    finally:
        os.close(descriptor)


def _log_holder(lock_file: Path) -> None:
    logger.warning(
        "Waiting for %s, which is loading into the warehouse %s; this run continues automatically afterwards.",
        read_holder(lock_file),
        lock_file.with_suffix(".duckdb"),
    )


def connect_warehouse(file: Path, *, memory_limit: str = "200MB", read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Connect to a warehouse file as every session does: UTC, bounded memory, files that 1.4 can read."""
    check_name(file)
    options = "READ_ONLY" if read_only else f"STORAGE_VERSION '{STORAGE_VERSION}', ROW_GROUP_SIZE {ROW_GROUP_ROWS}"
    con = duckdb.connect(config={"memory_limit": memory_limit, "temp_directory": f"{file}.tmp"})
    if not read_only:
        log_writes(con)
    try:
        con.execute(f"ATTACH {literal(str(file))} AS warehouse ({options})")
    except duckdb.Error as error:
        con.close()
        raise _cannot_open(file, error) from error
    con.execute("USE warehouse")
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET preserve_insertion_order = false")
    con.execute(f"SET wal_autocheckpoint = '{LONGEST_LOG}'")
    return con


def _connect_anew(paths: DataPaths, memory_limit: str) -> duckdb.DuckDBPyConnection:
    """A new, empty warehouse in place of one with the tables of another version; the next load fills it."""
    logger.info("The warehouse was made by another version. It is rebuilt from landing, without a request.")
    fresh = paths.warehouse_folder / "fresh.duckdb"
    remove_database(fresh)
    con = connect_warehouse(fresh, memory_limit=memory_limit)
    try:
        create_tables(con)
        keep_catalog(con, paths.warehouse_file)
        con.execute("CHECKPOINT")
    finally:
        con.close()
    log_of(paths.warehouse_file).unlink(missing_ok=True)
    fresh.replace(paths.warehouse_file)
    return connect_warehouse(paths.warehouse_file, memory_limit=memory_limit)


def keep_catalog(con: duckdb.DuckDBPyConnection, old: Path) -> None:
    """Take over the answer types and templates of questions that are not configured any more, if the old file tells."""
    if not old.is_file():
        return
    try:
        with connect_warehouse(old, read_only=True) as before:
            where = "SELECT schema_name FROM duckdb_tables() WHERE table_name = 'question_catalog'"
            catalog = f"{before.execute(where).fetchall()[0][0]}.question_catalog"  # of an earlier version in main
            known = {name for name, *_ in before.execute(f"DESCRIBE {catalog}").fetchall()}
            wanted = ", ".join(name if name in known else "NULL" for name in CATALOG_COLUMNS)
            rows = before.execute(f"SELECT {wanted} FROM {catalog}").fetchall()  # noqa: S608 - constants
    except (duckdb.Error, StorageError, IndexError):
        return  # a damaged warehouse is a reason to start anew; signals name their types too
    if rows:
        insert = f"INSERT INTO internal.question_catalog ({', '.join(CATALOG_COLUMNS)}) VALUES (?, ?, ?, ?, ?)"  # noqa: S608 - constants
        con.executemany(insert, rows)


def _cannot_open(file: Path, error: duckdb.Error) -> StorageError:
    text = str(error).splitlines()[0]
    if trouble_of(error) is Trouble.DAMAGED:
        return as_storage_error(error, f"The warehouse {file}") or StorageError(text)
    holder = re.search(r"Conflicting lock is held in (.+?)(?:\. See also.*)?$", text)
    if holder or re.search(r"\block\b", text, re.IGNORECASE):  # not every "block"
        return StorageError(
            f"The pipeline's private warehouse {file} is held by another program: {holder[1] if holder else text}. "
            "Nothing was spent or lost. Close it there and run again; for analysis open answers.duckdb instead."
        )
    return StorageError(
        f"The pipeline's private warehouse {file} cannot be opened: {text}. Earlier answers are untouched. "
        "Check the folder's permissions and free space; if the file is damaged, move it away and run again: "
        "it is rebuilt from landing."
    )
