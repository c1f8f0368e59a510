"""The Dagster instance that the commands in a folder share, and the runs in it."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef  # how `dagster` itself opens a folder's instance; no public name
from dagster._core.storage.tags import (  # names of tags, which have no public ones
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)

from saber_pipeline.config.instance_place import InstancePlace, usable_place
from saber_pipeline.config.private_files import make_private_folder, private_files
from saber_pipeline.errors import StorageError
from saber_pipeline.runs.past_runs import INTERRUPTED_TAG, PastRun

Instance = dg.DagsterInstance
"""For callers outside this folder, which do not import dagster."""


@contextmanager
def current_instance() -> Iterator[dg.DagsterInstance]:
    """The instance of the current folder, made where it is not there yet.

    The same one that Dagster's commands and UI use there. Its first use happens in one process at a time:
    two at once corrupt an empty SQLite instance.

    Raises:
        SettingsError: there is no dagster.yaml, and no DAGSTER_HOME.
        StorageError: the instance cannot be opened.
    """
    place = usable_place(Path.cwd())
    with tempfile.TemporaryDirectory() as elsewhere:
        instance = _open(place, Path(elsewhere))
        with instance:
            yield instance


def _open(place: InstancePlace, elsewhere: Path) -> dg.DagsterInstance:
    """``elsewhere`` is the place of storage that the folder's dagster.yaml does not name, as in Dagster's commands."""
    try:
        with _alone(place):
            if place.named_by is None:
                ref = InstanceRef.from_dir(str(elsewhere), config_dir=str(place.home))
            else:
                make_private_folder(place.home)
                ref = InstanceRef.from_dir(str(place.home))
            instance = dg.DagsterInstance.from_ref(ref)
            # Each of the three storages makes its tables at its first use.
            instance.get_runs_count()
            instance.get_asset_keys(limit=1)
            instance.all_instigator_state()
            return instance
    except Exception as error:  # noqa: BLE001 - also SQLAlchemy's and Alembic's, which only the ledger imports
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise StorageError(
            f"The Dagster instance that {place.configuration} names cannot be opened: {reason}. Nothing was spent. "
            "The instance holds only the history of runs, no answers. Check permissions and free space. If its "
            "files are damaged, move them away: the next command creates new ones."
        ) from None


@contextmanager
def _alone(place: InstancePlace) -> Iterator[None]:
    folder = place.home / ".dagster" if place.named_by is None else place.home
    make_private_folder(folder)
    with private_files(folder), (folder / "first_use.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def last_runs(instance: dg.DagsterInstance, limit: int) -> list[PastRun]:
    """The newest runs, newest first."""
    return [_past_run(record) for record in instance.get_run_records(limit=limit)]


def note_interrupted(instance: dg.DagsterInstance, run_id: str) -> None:
    """Remember that a person or the system ended this run: Dagster itself knows only that it did not succeed."""
    run = instance.get_run_by_id(run_id)
    if run is None:
        return  # interrupted before Dagster knew of it
    instance.add_run_tags(run_id, {INTERRUPTED_TAG: "true"})
    if not run.is_finished:
        instance.report_run_canceled(run, message="Interrupted.")


def _past_run(record: dg.RunRecord) -> PastRun:
    run = record.dagster_run
    tags = run.tags
    lists = tags.get(PARTITION_NAME_TAG)
    if ASSET_PARTITION_RANGE_START_TAG in tags:
        lists = f"{tags[ASSET_PARTITION_RANGE_START_TAG]}...{tags[ASSET_PARTITION_RANGE_END_TAG]}"
    asked = tuple(sorted(key.path[-1] for key in run.asset_selection or ()))
    started = record.start_time or record.create_timestamp.timestamp()
    return PastRun(
        run_id=run.run_id,
        status="interrupted" if INTERRUPTED_TAG in tags else run.status.value.lower(),
        started_at=datetime.fromtimestamp(started, tz=UTC),
        lists=lists,
        questions=asked or (run.job_name,),
    )
