"""Partitions: one per list, registered in sorted order because ranges follow the order of registration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import dagster as dg

from saber_pipeline.config.questions.subject_kinds import SubjectKind
from saber_pipeline.definitions.asset_names import Names

if TYPE_CHECKING:
    from saber_pipeline.config.paths import DataPaths

OWN_NAMES = Names()


def registered(instance: dg.DagsterInstance, kind: SubjectKind, names: Names = OWN_NAMES) -> list[str]:
    """The lists that are partitions already, in order."""
    return list(instance.get_dynamic_partitions(names.unique(kind.lists)))


def with_and_without_file(
    instance: dg.DagsterInstance, kind: SubjectKind, paths: DataPaths, names: Names = OWN_NAMES
) -> tuple[list[str], list[str]]:
    """The registered lists that have a file, and those whose file is gone or is one of two; each in order.

    A list without a file keeps its partition, for its history, and can be asked for by nobody.

    Raises:
        ListError: the folder of the lists cannot be read.
    """
    from saber_pipeline.runs.lists import list_files

    there = list_files(paths, kind)
    lists = registered(instance, kind, names)
    return [name for name in lists if name in there], [name for name in lists if name not in there]


def register(
    instance: dg.DagsterInstance, kind: SubjectKind, lists: Iterable[str], names: Names = OWN_NAMES
) -> list[str]:
    """Register the lists that are not yet, keeping all in sorted order; returns the new ones."""
    partitions, known = names.unique(kind.lists), registered(instance, kind, names)
    wanted = sorted({*known, *lists})
    is_in_order = wanted[: len(known)] == known
    if not is_in_order:
        # A partition is its name: registering it again keeps its history.
        for name in known:
            instance.delete_dynamic_partition(partitions, name)
    instance.add_dynamic_partitions(partitions, wanted[len(known) :] if is_in_order else wanted)
    return [name for name in wanted if name not in known]
