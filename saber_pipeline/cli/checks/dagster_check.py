"""The checks of Dagster: the instance that this folder's commands use, and the workers of its runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from saber_pipeline.cli.checks.finding import Finding, ok, problem, warning
from saber_pipeline.errors import PipelineError


def check_instance(folder: Path) -> Iterator[Finding]:
    """Opens the instance, and creates it if its dagster.yaml was never used."""
    from saber_pipeline.cli.run_history import counted
    from saber_pipeline.config.instance_place import CONFIGURATION, instance_place

    place = instance_place(folder)
    if place.named_by is not None and place.home.resolve() != folder.resolve() and (folder / CONFIGURATION).is_file():
        yield warning(
            "instance",
            f"{place.named_by} names {place.home}, so this folder's {CONFIGURATION} is not used",
            "Unset DAGSTER_HOME to keep runs in this folder.",
        )
    if place.named_by is None and not place.configuration.is_file():
        yield problem("instance", f"there is no {CONFIGURATION} in this folder", "`saber-pipeline init` writes one.")
        return
    try:
        runs, lists = counted(place, folder)
    except PipelineError as error:
        yield problem("instance", str(error), f"Check `storage` in {place.configuration}.")
        return
    yield ok("instance", f"that of {place.configuration}: {runs:,} runs, {lists:,} lists known")


CELERY = "dagster_celery"


def check_workers(folder: Path) -> Iterator[Finding]:
    """Asks the workers, if this folder's dagster.yaml names Celery; otherwise finds nothing.

    Raises StorageError if the instance cannot be opened, which the check of it says too.
    """
    from saber_pipeline.config.instance_place import instance_place

    configuration = instance_place(folder).configuration
    if not configuration.is_file() or CELERY not in configuration.read_text("utf-8", errors="replace"):
        return
    from saber_pipeline.definitions.celery_workers import celery_workers
    from saber_pipeline.definitions.dagster_instance import current_instance

    with current_instance() as instance:
        workers = celery_workers(instance)
    if workers is None:
        return
    places, at_once = sum(workers.places.values()), workers.at_once
    if workers.trouble is not None:
        yield problem(
            "workers",
            f"their queue does not answer: {workers.trouble}",
            "Start redis, or correct CELERY_BROKER_URL in services.env. Runs wait until then; nothing is lost.",
        )
    elif not places:
        yield problem(
            "workers",
            "none answers, so runs wait",
            f"On each machine: `dagster-celery worker start -A dagster_celery.app -q {workers.queue}`.",
        )
    elif at_once is None or at_once > places:
        yield warning(
            "workers",
            f"{_counted(workers.places, places)}, and Dagster hands out {at_once or 'any number of'} runs at once: "
            "the others wait in Celery's queue, and are ended there because they do not start in time",
            f"Set max_concurrent_runs in {configuration.name} to {places}, or start more workers.",
        )
    else:
        yield ok("workers", f"{_counted(workers.places, places)}, for {at_once} runs at once")


def _counted(workers: Mapping[str, int], places: int) -> str:
    count = len(workers)
    return f"{count} {'worker' if count == 1 else 'workers'} with {places} {'place' if places == 1 else 'places'}"
