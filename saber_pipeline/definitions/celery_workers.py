"""The workers to which Dagster hands its runs, where dagster.yaml names Celery's launcher."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

LAUNCHER = "dagster_celery.launcher"
ANSWER_SECONDS = 5.0
"""The time to wait for the workers' replies, because the number of workers is unknown."""


@dataclass(frozen=True)
class Workers:
    """``places``: how many runs each worker takes at once; ``at_once``: how many Dagster hands out, None without limit.

    ``trouble``: why the workers could not be asked, in the words of the queue's client.
    """

    queue: str
    places: Mapping[str, int] = field(default_factory=dict)
    at_once: int | None = None
    trouble: str | None = None


def celery_workers(instance: dg.DagsterInstance) -> Workers | None:
    """Ask the workers; None if another launcher starts runs."""
    launcher: Any = instance.run_launcher
    if type(launcher).__module__ != LAUNCHER:
        return None
    try:
        told = launcher.celery.control.inspect(timeout=ANSWER_SECONDS).stats() or {}
    except Exception as error:  # noqa: BLE001 - of kombu, of redis' client or of another one
        return Workers(launcher.default_queue, trouble=" ".join(str(error).split()) or type(error).__name__)
    limits = instance.get_concurrency_config().run_queue_config
    at_once = limits.max_concurrent_runs if limits is not None else None
    return Workers(
        launcher.default_queue,
        {name: int(of["pool"]["max-concurrency"]) for name, of in told.items()},
        None if at_once is None or at_once < 0 else at_once,
    )
