"""The lists of a run as their files are now."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.subject_kinds import SubjectKind
from saber_pipeline.errors import ListError
from saber_pipeline.inputs.list_files import find_list_files, named_list_files
from saber_pipeline.inputs.snapshots import ListSnapshot, snapshot_list


def list_files(paths: DataPaths, kind: SubjectKind) -> dict[str, Path]:
    """Every list of a kind, by name: the user's files, and those fetched from Saber.

    Raises:
        ListError: a name cannot be a partition, or two files have the same one.
    """
    return find_list_files(paths.lists(kind), paths.fetched_lists(kind))


def current_lists(
    paths: DataPaths, kind: SubjectKind, list_names: Iterable[str], folder: Path | None = None
) -> list[ListSnapshot]:
    """Snapshots of the named lists in ``folder`` (landing, if not given), reread where a file has changed.

    Raises:
        ListError: a file is gone, cannot be used, or has no usable row. Nothing was spent.
    """
    return [_current_list(paths, kind, name, folder or paths.landed_lists(kind)) for name in list_names]


def _current_list(paths: DataPaths, kind: SubjectKind, list_name: str, folder: Path) -> ListSnapshot:
    files = named_list_files(list_name, paths.lists(kind), paths.fetched_lists(kind))
    if not files:
        raise ListError(
            f"The list {list_name} has no file any more: neither {list_name}.csv nor {list_name}.parquet is in "
            f"{paths.lists(kind)}. Nothing was spent, and its answers stay. Put the file back to ask again."
        )
    if len(files) > 1:
        raise ListError(
            f"{files[0]} and {files[1]} would both be the list {list_name!r}. Nothing was spent. "
            f"Rename one of them or move it away."
        )
    snapshot = snapshot_list(files[0], list_name, kind, folder)
    if snapshot.subjects == 0:
        raise ListError(
            f"The list {list_name} ({files[0]}) has no usable row: all of its {snapshot.rows:,} rows were "
            f"rejected. Nothing was spent. The table rejected_inputs says why, row by row."
        )
    return snapshot
