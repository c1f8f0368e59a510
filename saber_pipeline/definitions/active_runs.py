"""Which lists and jobs a run is already working on, so that sensors and schedules do not pile up runs."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

import dagster as dg
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES  # a constant without a public name

PARTITION_TAG = "dagster/partition"
START_PATIENCE_SECONDS = 600.0
"""A run that started so long ago and has no heartbeat in the ledger was killed; Dagster notices after a day."""

_WAITING = {dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED}


def lists_under_way(
    instance: dg.DagsterInstance,
    job_name: str,
    tags: Mapping[str, str],
    live_runs: Collection[str],
    *,
    now: float | None = None,
) -> frozenset[str]:
    """The lists for which a run of a job with these tags is queued or at work."""
    runs = runs_under_way(instance, job_name, tags, live_runs, now=now)
    return frozenset(run.tags[PARTITION_TAG] for run in runs if PARTITION_TAG in run.tags)


def runs_under_way(
    instance: dg.DagsterInstance,
    job_name: str,
    tags: Mapping[str, str],
    live_runs: Collection[str],
    *,
    now: float | None = None,
) -> list[dg.DagsterRun]:
    """The runs of a job with these tags that are queued or at work.

    ``live_runs`` are the ids of those with a heartbeat in the ledger.
    """
    now = time.time() if now is None else now
    records = instance.get_run_records(
        dg.RunsFilter(job_name=job_name, tags=dict(tags), statuses=NOT_FINISHED_STATUSES)
    )
    return [
        record.dagster_run
        for record in records
        if record.dagster_run.status in _WAITING
        or record.dagster_run.run_id in live_runs
        or now - record.update_timestamp.timestamp() < START_PATIENCE_SECONDS
    ]
