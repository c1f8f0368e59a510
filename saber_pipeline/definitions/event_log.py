"""Dagster's event log in SQLite, kept open while a run writes hundreds of events to it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from threading import Lock
from typing import Any

import dagster as dg
from dagster._core.storage.event_log.sqlite import sqlite_event_log  # no public name

INDEX = "index"
"""The database of all runs' events beside those of each run."""

MAKE = "create_engine"
"""SQLAlchemy's function, as that module knows it."""


@contextmanager
def event_log_kept_open(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Until the block ends, opening and closing a connection to the log costs little.

    Dagster opens and closes several connections for each event. SQLite writes its journal back, syncs it and removes it
    whenever the last connection closes: ten questions with their checks took 0.5 s for that. SQLAlchemy also prepares
    an engine for each connection, which took 0.3 s in all. If the log is elsewhere, nothing happens.
    """
    storage = instance.event_log_storage
    with ExitStack() as held:
        if isinstance(storage, sqlite_event_log.SqliteEventLogStorage):
            for file in (storage.path_for_shard(run_id), storage.path_for_shard(INDEX)):
                if not os.path.exists(file):  # noqa: PTH110 - a name that Dagster gives as text
                    continue
                connection = held.enter_context(closing(sqlite3.connect(file)))
                connection.execute("SELECT count(*) FROM sqlite_master").fetchall()  # until then it is not really open
            held.enter_context(_ENGINES.kept())
        yield


class _Engines:
    """The engines of Dagster's event log, one for each address. Engines hold no connection, so threads share them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._blocks = 0
        self._make: Any = None
        self._made: dict[tuple[str, str], Any] = {}

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep engines until the last such block ends. If Dagster makes engines in another way, nothing is kept."""
        with self._lock:
            self._blocks += 1
            if self._blocks == 1:
                self._make = vars(sqlite_event_log).get(MAKE)
                if self._make is not None:
                    setattr(sqlite_event_log, MAKE, self._once)
        try:
            yield
        finally:
            with self._lock:
                self._blocks -= 1
                if not self._blocks:
                    if self._make is not None:
                        setattr(sqlite_event_log, MAKE, self._make)
                    self._made.clear()

    def _once(self, address: str, **options: Any) -> Any:
        key = (address, repr(options))
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._make(address, **options)
        return found


_ENGINES = _Engines()
