"""Finds the Dagster instance that the commands of a folder use. Nothing here imports Dagster."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from saber_pipeline.errors import SettingsError

HOME = "DAGSTER_HOME"
CONFIGURATION = "dagster.yaml"


@dataclass(frozen=True)
class InstancePlace:
    """The place of an instance. ``home`` is the folder with the instance's dagster.yaml.

    ``named_by`` is the setting that chose the instance. None for a folder's own instance.
    """

    home: Path
    named_by: str | None

    @property
    def configuration(self) -> Path:
        return self.home / CONFIGURATION


def instance_place(folder: Path) -> InstancePlace:
    """The place of the folder's instance. As in Dagster's commands, DAGSTER_HOME in .env beats the environment."""
    in_file = dotenv_values(folder / ".env").get(HOME) if (folder / ".env").is_file() else None
    home, named_by = (in_file, f"{HOME} in .env") if in_file else (os.environ.get(HOME), HOME)
    return InstancePlace(Path(home).expanduser(), named_by) if home else InstancePlace(folder, None)


def usable_place(folder: Path) -> InstancePlace:
    """The place of the folder's instance, which must have a configuration.

    Raises SettingsError if there is no dagster.yaml, and no DAGSTER_HOME.
    """
    place = instance_place(folder)
    if place.named_by is None and not place.configuration.is_file():
        raise SettingsError(
            f"There is no {CONFIGURATION} in {folder}, so runs would leave no trace. Nothing was spent. "
            "`saber-pipeline init` writes one; otherwise go to the project's folder."
        )
    return place
