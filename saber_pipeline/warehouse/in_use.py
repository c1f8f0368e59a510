"""Finds out who has the private warehouse open, without waiting."""

from __future__ import annotations

import fcntl
import time
from enum import Enum

import duckdb

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.errors import StorageError
from saber_pipeline.storage_failures import as_storage_failures
from saber_pipeline.warehouse.schema import is_outdated
from saber_pipeline.warehouse.session import connect_warehouse
from saber_pipeline.warehouse.sql import identifier

READING_SECONDS = 20.0
"""How long a look may read; a table that was begun is read to its end."""


class WarehouseState(Enum):
    """The state of the private warehouse."""

    MISSING = "missing"  # the next run makes it
    IN_USE = "in use"  # a run is loading
    OUTDATED = "outdated"  # another version of this project made it; the next run makes it anew
    FREE = "free"
    FREE_PARTLY_READ = "free, partly read"  # it is too large to be read through in seconds


def read_warehouse_state(paths: DataPaths) -> WarehouseState:
    """Never waits for a run that is loading, and makes no file.

    Raises:
        StorageError: another program holds the file, or it is damaged; the text names the holder.
    """
    if not paths.warehouse_file.is_file():
        return WarehouseState.MISSING
    try:
        lock = paths.warehouse_lock.open("r")
    except FileNotFoundError:
        return _look(paths)
    except OSError as error:
        raise StorageError(f"{paths.warehouse_lock} cannot be read: {error.strerror}. Check its permissions.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return WarehouseState.IN_USE
        return _look(paths)


def _look(paths: DataPaths) -> WarehouseState:
    with (
        as_storage_failures(f"The warehouse {paths.warehouse_file}"),
        connect_warehouse(paths.warehouse_file, read_only=True) as con,
    ):
        if is_outdated(con):
            return WarehouseState.OUTDATED
        return WarehouseState.FREE if _read_through(con) else WarehouseState.FREE_PARTLY_READ


def _read_through(con: duckdb.DuckDBPyConnection) -> bool:
    """Read every block, since DuckDB notices a damaged one by its checksum when it is read; whether time sufficed."""
    give_up = time.monotonic() + READING_SECONDS
    query = "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal AND database_name = 'warehouse'"
    for schema, table in con.execute(query).fetchall():
        if time.monotonic() > give_up:
            return False
        name = f"{identifier(schema)}.{identifier(table)}"
        con.execute(f"SELECT bit_xor(hash(each)) FROM {name} AS each").fetchall()  # noqa: S608 - our own names
    return True
