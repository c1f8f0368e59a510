"""The lists and jobs of current runs, so that sensors and schedules do not pile up runs."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping

import dagster as dg
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES  # a constant without a public name

PARTITION_TAG = "dagster/partition"
START_PATIENCE_SECONDS = 600.0
"""A run that started this long ago and has no heartbeat in the ledger was killed; Dagster notices after a day."""

DEAD = (
    "The machine that executed this run has sent no heartbeat for minutes. The ledger has everything that the run "
    "bought: the next run collects it and does not buy it again."
)
_WAITING = {dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED}


def end_dead_runs(instance: dg.DagsterInstance, run_ids: Collection[str]) -> list[str]:
    """End the dead runs that Dagster still counts as started, which frees their places; returns their ids."""
    if not run_ids:
        return []
    at_work = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
    runs = instance.get_runs(dg.RunsFilter(run_ids=sorted(run_ids), statuses=at_work))
    for run in runs:
        instance.report_run_failed(run, DEAD)
    return [run.run_id for run in runs]


def find_active_runs(
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


def busy_lists(runs: Iterable[dg.DagsterRun]) -> frozenset[str]:
    """The lists that these runs are about."""
    return frozenset(run.tags[PARTITION_TAG] for run in runs if PARTITION_TAG in run.tags)
