"""Runs and lists of the folder's Dagster instance, read from its files or, if necessary, through Dagster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saber_pipeline.config.instance_place import CONFIGURATION, InstancePlace, usable_place
from saber_pipeline.config.questions.subject_kinds import KINDS
from saber_pipeline.runs.past_runs import History, configuration, looked_up, told_by

if TYPE_CHECKING:
    from saber_pipeline.config.questions.subject_kinds import SubjectKind
    from saber_pipeline.runs.past_runs import PastRun


def last_runs(limit: int) -> list[PastRun]:
    """The newest runs, newest first.

    Raises:
        SettingsError: there is no instance here.
        StorageError: it cannot be opened.
    """

    def through_dagster() -> list[PastRun]:
        from saber_pipeline.definitions.dagster_instance import current_instance
        from saber_pipeline.definitions.dagster_instance import last_runs as dagsters_last_runs

        with current_instance() as instance:
            return dagsters_last_runs(instance, limit)

    folder = Path.cwd()
    return looked_up(usable_place(folder), folder, lambda history: history.last_runs(limit), through_dagster)


def registered_lists(kinds: Sequence[SubjectKind]) -> list[list[str]]:
    """The lists that are partitions, in order, for each of the kinds. Raises what ``last_runs`` does."""

    def through_dagster() -> list[list[str]]:
        from saber_pipeline.definitions.dagster_instance import current_instance
        from saber_pipeline.definitions.partitions import registered

        with current_instance() as instance:
            return [registered(instance, kind) for kind in kinds]

    folder = Path.cwd()
    return looked_up(
        usable_place(folder),
        folder,
        lambda history: [history.lists(kind.lists) for kind in kinds],
        through_dagster,
    )


def counted(place: InstancePlace, folder: Path) -> tuple[int, int]:
    """The numbers of runs and lists in an instance.

    Dagster opens an instance that was never used, and so creates it, and every instance with unusual settings.

    Raises StorageError if it cannot be opened.
    """

    def through_dagster() -> tuple[int, int]:
        from saber_pipeline.definitions.dagster_instance import current_instance
        from saber_pipeline.definitions.partitions import registered

        with current_instance() as instance:
            return instance.get_runs_count(), sum(len(registered(instance, kind)) for kind in KINDS)

    def in_files(history: History) -> tuple[int, int]:
        return history.count_runs(), sum(len(history.lists(kind.lists)) for kind in KINDS)

    # Dagster judges what somebody else wrote into dagster.yaml.
    ours = told_by(files("saber_pipeline.cli.starter").joinpath(CONFIGURATION).read_text("utf-8"))
    if not is_plain(configuration(place), ours):
        return through_dagster()
    return looked_up(place, folder, in_files, through_dagster)


FOLDER = "base_dir"
WHOLE = frozenset({"storage", "sqlite", "local_artifact_storage", "compute_logs", "config"})
"""Mappings that need each of their keys. In the others each may be left out."""


def is_plain(told: object, ours: object, name: str = "") -> bool:
    """Whether Dagster accepts each value of ``told``, because it accepts those of ``ours``, the file of ``init``.

    ``told`` has the same keys or fewer. A folder may be any folder that is written out, a number any number from 1, and
    a switch on or off. Other texts must be the same.
    """
    match ours:
        case Mapping():
            return _is_plain_mapping(told, ours, name)
        case bool():
            return isinstance(told, bool)
        case int():
            return isinstance(told, int) and not isinstance(told, bool) and told > 0
        case _ if name == FOLDER:
            return isinstance(told, str) and bool(told)
        case _:
            return told == ours


def _is_plain_mapping(told: object, ours: Mapping[str, Any], name: str) -> bool:
    if not isinstance(told, Mapping) or not told.keys() <= ours.keys():
        return False
    if name in WHOLE and told.keys() != ours.keys():
        return False
    return all(is_plain(value, ours[key], key) for key, value in told.items())
