"""What is in flight and nobody waits for: its run was killed, or gave up at its deadline."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import duckdb
import sqlalchemy as sa

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.subject_kinds import SubjectKind
from saber_pipeline.config.settings import Settings
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.questions import asked_questions
from saber_pipeline.ledger.research_status import ResearchStatus, read_research_status
from saber_pipeline.ledger.run_ids import orchestrator_id
from saber_pipeline.ledger.runs import live_runs, silent_runs
from saber_pipeline.ledger.store import Ledger, ledger_is_there
from saber_pipeline.ledger.tables import PairState
from saber_pipeline.planning.ledger_temp_tables import create_temp_table, load_known_in_flight
from saber_pipeline.planning.list_members import load_list_members, use_list_snapshots
from saber_pipeline.runs.sql import RUNS_SQL
from saber_pipeline.storage_failures import as_storage_failures
from saber_pipeline.warehouse.sql import read_sql

BUSY_TIMEOUT_SECONDS = 10.0
"""A look waits no longer for the ledger: the next one is seconds away."""

DEAD_AFTER_LEASES = 5
"""So long without a heartbeat is no machine or database that stalled for a moment."""


@dataclass(frozen=True)
class InFlight:
    """Pairs in flight, each counted under the first list that holds it.

    ``orphaned`` are those that no living run waits for, by list and question, and ``tracked`` the others;
    ``lists`` has every list with a pair in flight. ``out_of_reach`` are orphaned ones of lists or questions
    that are no more.
    """

    orphaned: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()
    out_of_reach: int = 0
    tracked: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@contextmanager
def _look(settings: Settings) -> Iterator[sa.Connection]:
    """The ledger to read from; an empty one where there is none."""
    file = DataPaths.of(settings).ledger
    is_there = ledger_is_there(file)
    opened = Ledger.open(file, busy_timeout_seconds=BUSY_TIMEOUT_SECONDS) if is_there else Ledger.in_memory()
    with closing(opened) as ledger, as_storage_failures(), ledger.reading() as connection:
        yield connection


def live_ledger_runs(settings: Settings) -> frozenset[str]:
    """The orchestrator's ids of the runs whose heartbeat is in the ledger.

    Raises:
        StorageError: the ledger cannot be read.
    """
    with _look(settings) as connection:
        live = live_runs(connection, lease_seconds=settings.lease_seconds)
    return frozenset(map(orchestrator_id, live))


def dead_ledger_runs(settings: Settings) -> frozenset[str]:
    """The orchestrator's ids of the runs whose machine is gone, by the heartbeats in a database.

    Raises:
        StorageError: the ledger cannot be read.
    """
    with (
        closing(Ledger.open_to_read(DataPaths.of(settings).ledger)) as ledger,
        as_storage_failures(),
        ledger.reading() as connection,
    ):
        dead = silent_runs(connection, longer_than_seconds=DEAD_AFTER_LEASES * settings.lease_seconds)
        live = live_runs(connection, lease_seconds=settings.lease_seconds)
    return frozenset(map(orchestrator_id, dead)) - frozenset(map(orchestrator_id, live))


def is_anything_sent(connection: sa.Connection) -> bool:
    """Whether a pair of any kind is in flight."""
    some = sa.select(t.pairs.c.subject).where(t.pairs.c.state == PairState.SENT).limit(1)
    return connection.execute(some).scalar() is not None


def read_in_flight(
    settings: Settings, kind: SubjectKind, keys_by_question_id: Mapping[str, str], lists: Collection[str]
) -> InFlight:
    """What is in flight about a kind, for these questions and ``lists``. Writes nothing and asks the API nothing.

    Raises:
        StorageError: the ledger or the lists cannot be read.
    """
    paths = DataPaths.of(settings)
    with _look(settings) as connection:
        if not is_anything_sent(connection):
            return InFlight()
        with duckdb.connect() as con:
            con.execute(f"SET memory_limit = '{settings.duckdb_memory_limit}'")
            about = [key for key, question in asked_questions(connection).items() if question.about is kind.about]
            live = live_runs(connection, lease_seconds=settings.lease_seconds)
            load_known_in_flight(con, connection, about, live)
            create_temp_table(con, "asked_lists", {"list": ("VARCHAR", sorted(lists))})
            keys = {"question_id": list(keys_by_question_id), "question_key": list(keys_by_question_id.values())}
            create_temp_table(con, "asked_questions", {name: ("VARCHAR", each) for name, each in keys.items()})
            use_list_snapshots(con, kind, paths.landed_lists(kind))
            load_list_members(con, kind)
            rows = con.execute(read_sql("in_flight", RUNS_SQL)).fetchall()
    return _in_flight(rows)


def read_researches_in_flight(settings: Settings) -> ResearchStatus:
    """Contact researches on their way and unknown. Writes nothing and asks the API nothing.

    Raises:
        StorageError: the ledger cannot be read.
    """
    with _look(settings) as connection:
        return read_research_status(connection, live_runs(connection, lease_seconds=settings.lease_seconds))


def _in_flight(rows: list[tuple[str | None, str | None, bool, int]]) -> InFlight:
    orphaned: dict[str, dict[str, int]] = {}
    tracked: dict[str, dict[str, int]] = {}
    out_of_reach = 0
    for list_name, key, is_tracked, pairs in rows:
        if list_name is None or key is None:
            out_of_reach += 0 if is_tracked else pairs
        else:
            (tracked if is_tracked else orphaned).setdefault(list_name, {})[key] = pairs
    lists = frozenset(row[0] for row in rows if row[0] is not None)
    return InFlight(orphaned, lists, out_of_reach, tracked)
