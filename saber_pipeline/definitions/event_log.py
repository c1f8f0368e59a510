"""Dagster's event log in SQLite, kept open while a run writes hundreds of events to it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import dagster as dg
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage  # no public name

INDEX = "index"
"""The database of all runs' events beside those of each run."""


@contextmanager
def event_log_kept_open(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Until the block ends, closing a connection to the log costs nothing.

    Dagster opens and closes several connections for each event, and SQLite writes its journal back, syncs it and
    removes it whenever the last one closes: ten questions with their checks took 0.5 s for that. Where the log is
    elsewhere nothing happens.
    """
    storage = instance.event_log_storage
    with ExitStack() as connections:
        if isinstance(storage, SqliteEventLogStorage):
            for file in (storage.path_for_shard(run_id), storage.path_for_shard(INDEX)):
                if not os.path.exists(file):  # noqa: PTH110 - a name that Dagster gives as text
                    continue
                connection = connections.enter_context(closing(sqlite3.connect(file)))
                connection.execute("SELECT count(*) FROM sqlite_master").fetchall()  # until then it is not really open
        yield
