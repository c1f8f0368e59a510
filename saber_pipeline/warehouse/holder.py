"""Who has the private warehouse open, asked without waiting for anybody."""

from __future__ import annotations

import fcntl
from enum import Enum

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.errors import StorageError
from saber_pipeline.warehouse.schema import is_outdated
from saber_pipeline.warehouse.session import connect_warehouse


class WarehouseState(Enum):
    """How the private warehouse is found."""

    MISSING = "missing"  # the next run makes it
    IN_USE = "in use"  # a run is loading
    OUTDATED = "outdated"  # another version of this project made it; the next run makes it anew
    FREE = "free"


def look_at_warehouse(paths: DataPaths) -> WarehouseState:
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
    with connect_warehouse(paths.warehouse_file, read_only=True) as con:
        return WarehouseState.OUTDATED if is_outdated(con) else WarehouseState.FREE
