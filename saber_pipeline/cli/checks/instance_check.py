"""The check of the Dagster instance that the commands in this folder use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from saber_pipeline.cli.checks.finding import Finding, ok, problem, warning
from saber_pipeline.errors import PipelineError


def check_instance(folder: Path) -> Iterator[Finding]:
    """Opens it, and so makes it where its dagster.yaml was never used."""
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
