"""What Dagster's SQLite files remember, read without Dagster, whose import takes a second.

Only files of the schema that this was written after are read, and only where dagster.yaml names them plainly. Of all
others ``history_at`` knows nothing, and whoever asks lets Dagster itself read them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from saber_pipeline.config.instance_place import InstancePlace

KNOWN_SCHEMA = "29b539ebc72a"
"""Dagster's own number of its tables, the same in all three files; 1.13 has this one."""

OLD_STYLE = ("run_storage", "event_log_storage", "schedule_storage")
"""Other ways to say in dagster.yaml where the files are."""

INTERRUPTED_TAG = "saber/interrupted"
PARTITION_TAG = "dagster/partition"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"

Found = TypeVar("Found")


@dataclass(frozen=True)
class PastRun:
    """A run of the instance. ``lists`` is one, a range ``first...last``, or None for a run without lists.

    ``questions`` are what it was started for; a run of a whole job has that job's name.
    """

    run_id: str
    status: str
    started_at: datetime
    lists: str | None
    questions: tuple[str, ...]


class NotAsKnownError(Exception):
    """The files are not as this module knows them: Dagster itself has to read them."""


@dataclass(frozen=True)
class History:
    """The three files of an instance. Each look raises NotAsKnownError where they are of another kind or damaged."""

    runs_file: Path
    index_file: Path
    schedules_file: Path

    @property
    def is_new(self) -> bool:
        """Nobody has used the instance yet: there is no file of it."""
        return not any(file.exists() for file in (self.runs_file, self.index_file, self.schedules_file))

    def last_runs(self, limit: int) -> list[PastRun]:
        """The newest runs, newest first."""
        if self.is_new:
            return []
        columns = "run_id, status, run_body, create_timestamp, start_time, pipeline_name"
        with _opened(self.runs_file) as con:
            rows = con.execute(f"SELECT {columns} FROM runs ORDER BY id DESC LIMIT ?", [limit]).fetchall()  # noqa: S608 - constants
            return [_past_run(*row) for row in rows]

    def lists(self, name: str) -> list[str]:
        """The dynamic partitions of that name, in the order of their registration."""
        if self.is_new:
            return []
        query = "SELECT partition FROM dynamic_partitions WHERE partitions_def_name = ? ORDER BY id"
        with _opened(self.index_file) as con:
            return [str(partition) for (partition,) in con.execute(query, [name])]

    def count_runs(self) -> int:
        """All runs; looks into the third file too, which holds sensors and schedules."""
        with _opened(self.schedules_file) as con:
            con.execute("SELECT count(*) FROM instigators").fetchall()
        with _opened(self.runs_file) as con:
            ((runs,),) = con.execute("SELECT count(*) FROM runs").fetchall()
            return int(runs)


def history_at(place: InstancePlace, folder: Path) -> History | None:
    """The files of the instance, if its dagster.yaml names them plainly; a relative path is below ``folder``."""
    told = configuration(place)
    if told is None or any(name in told for name in OLD_STYLE):
        return None
    match told.get("storage"):
        case None if place.named_by is not None:
            return _history(place.home)
        case {"sqlite": {"base_dir": str(base)}, **others} if not others:
            return _history(folder / base)
        case _:
            return None


def configuration(place: InstancePlace) -> Mapping[str, Any] | None:
    """What its dagster.yaml says; nothing where there is no file, None where it is no mapping that can be read."""
    if not place.configuration.exists():
        return {}
    try:
        return told_by(place.configuration.read_text("utf-8"))
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=4)
def told_by(text: str) -> Mapping[str, Any] | None:
    """What the text of a dagster.yaml says; None where that is no mapping. A command asks several times."""
    try:
        told = YAML(typ="safe").load(text)
    except YAMLError:
        return None
    return {} if told is None else dict(told) if isinstance(told, Mapping) else None


def looked_up(
    place: InstancePlace, folder: Path, look: Callable[[History], Found], through_dagster: Callable[[], Found]
) -> Found:
    """What ``look`` finds in files that are as known, else what ``through_dagster`` finds."""
    history = history_at(place, folder)
    if history is not None:
        try:
            return look(history)
        except NotAsKnownError:
            pass
    return through_dagster()


def _history(base: Path) -> History:
    return History(
        base / "history" / "runs.db", base / "history" / "runs" / "index.db", base / "schedules" / "schedules.db"
    )


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, timeout=10)) as con:
            if con.execute("SELECT version_num FROM alembic_version").fetchall() != [(KNOWN_SCHEMA,)]:
                raise NotAsKnownError
            yield con
    except (sqlite3.Error, ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotAsKnownError from error


def _past_run(run_id: str, status: str, body_text: str, created: str, started: float | None, job_name: str) -> PastRun:
    body = json.loads(body_text)
    tags: dict[str, str] = body["tags"]
    lists = tags.get(PARTITION_TAG)
    if RANGE_START_TAG in tags:
        lists = f"{tags[RANGE_START_TAG]}...{tags[RANGE_END_TAG]}"
    selection = body["asset_selection"]
    asked = () if selection is None else tuple(sorted(key["path"][-1] for key in selection["__frozenset__"]))
    moment = datetime.fromisoformat(created).replace(tzinfo=UTC)
    return PastRun(
        run_id=run_id,
        status="interrupted" if INTERRUPTED_TAG in tags else status.lower(),
        started_at=datetime.fromtimestamp(started or moment.timestamp(), tz=UTC),
        lists=lists,
        questions=asked or (job_name,),
    )
