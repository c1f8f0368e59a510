"""The lists of a run as their files are now."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from saber_pipeline.errors import ListError
from saber_pipeline.inputs.list_files import LIST_SUFFIXES
from saber_pipeline.inputs.snapshots import ListSnapshot, snapshot_list
from saber_pipeline.warehouse.paths import DataPaths


def current_lists(paths: DataPaths, list_names: Iterable[str], folder: Path | None = None) -> list[ListSnapshot]:
    """Snapshots of the named lists in ``folder`` (landing, if not given), reread where a file has changed.

    Raises:
        ListError: a file is gone, cannot be used, or has no usable row. Nothing was spent.
    """
    return [_current_list(paths, name, folder or paths.landed_lists) for name in list_names]


def _current_list(paths: DataPaths, list_name: str, folder: Path) -> ListSnapshot:
    files = sorted(path for path in paths.domain_lists.glob(f"{list_name}.*") if path.suffix.lower() in LIST_SUFFIXES)
    if not files:
        raise ListError(
            f"The list {list_name} has no file any more: neither {list_name}.csv nor {list_name}.parquet is in "
            f"{paths.domain_lists}. Nothing was spent, and its answers stay. Put the file back to ask again."
        )
    if len(files) > 1:
        raise ListError(
            f"{files[0]} and {files[1]} would both be the list {list_name!r}. Nothing was spent. "
            f"Rename one of them or move it away."
        )
    snapshot = snapshot_list(files[0], list_name, folder)
    if snapshot.domains == 0:
        raise ListError(
            f"The list {list_name} ({files[0]}) has no usable row: all of its {snapshot.rows:,} rows were "
            f"rejected. Nothing was spent. The table rejected_inputs says why, row by row."
        )
    return snapshot
