"""The lists of a run as their files are now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.subject_kinds import CONTACTS, SubjectKind
from saber_pipeline.errors import ListError
from saber_pipeline.inputs.list_files import ListFolder, look_for_lists, named_list_files
from saber_pipeline.inputs.list_names import list_key, named_key
from saber_pipeline.inputs.list_options import ListOptions
from saber_pipeline.inputs.lists_yaml import entries_without_list, list_options
from saber_pipeline.inputs.snapshots import borrow_snapshot, snapshot_list, was_read_since
from saber_pipeline.inputs.table_facts import ListSnapshot

__all__ = [
    "ListFolder",
    "ReadLists",
    "current_lists",
    "list_files",
    "list_folder",
    "list_key",
    "named_key",
    "read_current",
    "readable_lists",
    "unusable_lists",
]


@dataclass(frozen=True)
class ReadLists:
    """``broken``: why a list cannot be used, with the cure, by its name."""

    snapshots: list[ListSnapshot]
    broken: dict[str, str]


def list_folder(paths: DataPaths, kind: SubjectKind) -> ListFolder:
    """Everything in the folders of a kind: lists, files that are none and why, entries of lists.yaml without a list."""
    found = look_for_lists(paths.lists(kind), paths.fetched_lists(kind))
    there = {*found.files, *(list_key(path.name) for path in found.problems)}
    found.unmatched = entries_without_list(paths.lists_file, kind, there)
    return found


def list_files(paths: DataPaths, kind: SubjectKind) -> dict[str, Path]:
    """Every list of a kind, by name: the user's files, and those fetched from Saber.

    Files that ``list_folder`` has a problem with are not among them.
    """
    return list_folder(paths, kind).files


def readable_lists(
    paths: DataPaths,
    kind: SubjectKind,
    list_names: Iterable[str],
    folder: Path | None = None,
    *,
    other_profiles: bool = False,
) -> ReadLists:
    """Snapshots of the named lists as ``current_lists`` makes them; one that cannot be used stops itself only.

    Raises:
        ListError: none of them can be used. Nothing was spent.
    """
    found = ReadLists([], {})
    for name in list_names:
        try:
            found.snapshots.append(
                _current_list(paths, kind, name, folder or paths.landed_lists(kind), other_profiles=other_profiles)
            )
        except ListError as error:
            found.broken[name] = str(error)
    if found.broken and not found.snapshots:
        raise ListError("\n".join(dict.fromkeys(found.broken.values())))
    return found


def unusable_lists(
    paths: DataPaths, kind: SubjectKind, names: Iterable[str] | None = None, *, other_profiles: bool = False
) -> dict[str, str]:
    """Why the named lists of a kind (all, without names) cannot be read, by name, as far as their files' heads tell.

    A list that was read since its file changed is not looked at.
    """
    files = list_files(paths, kind)
    found = {}
    for name in files if names is None else names:
        path = files.get(name)
        if path is None:  # gone this moment
            continue
        try:
            options = _options(paths, kind, name, other_profiles=other_profiles)
            if not was_read_since(path, name, paths.landed_lists(kind), options):
                from saber_pipeline.inputs.list_reader import open_list  # noqa: PLC0415 - as above
                from saber_pipeline.inputs.list_rules import rules_of  # noqa: PLC0415 - seldom, for commands that look

                open_list(path, rules_of(kind).with_options(options), options=options)[1].close()
        except ListError as error:
            found[name] = str(error)
    return found


def current_lists(
    paths: DataPaths,
    kind: SubjectKind,
    list_names: Iterable[str],
    folder: Path | None = None,
    *,
    other_profiles: bool = False,
) -> list[ListSnapshot]:
    """Snapshots of the named lists in ``folder`` (landing, if not given), reread where a file has changed.

    Raises:
        ListError: a file is gone, cannot be used, or has no usable row. Nothing was spent.
    """
    return [
        _current_list(paths, kind, name, folder or paths.landed_lists(kind), other_profiles=other_profiles)
        for name in list_names
    ]


def _current_list(
    paths: DataPaths, kind: SubjectKind, list_name: str, folder: Path, *, other_profiles: bool
) -> ListSnapshot:
    files = named_list_files(list_name, paths.lists(kind), paths.fetched_lists(kind))
    if not files:
        raise ListError(
            f"The list {list_name} has no file any more: no {list_name}.csv, .tsv, .csv.gz, .xlsx or .parquet is "
            f"in {paths.lists(kind)}. Nothing was spent, and its answers are kept. Restore the file to ask again."
        )
    if len(files) > 1:
        raise ListError(
            f"{files[0]} and {files[1]} would both be the list {list_name!r}. Nothing was spent. "
            f"Rename one of them or move it away."
        )
    if folder != paths.landed_lists(kind):  # who only looks need not read again what a run has read
        borrow_snapshot(list_name, kind, paths.landed_lists(kind), folder)
    snapshot = read_current(paths, kind, list_name, files[0], folder, other_profiles=other_profiles)
    if snapshot.rows == 0:
        raise ListError(
            f"The list {list_name} ({files[0]}) has no row below its header. Nothing was spent. Give it one row for "
            f"each {kind.noun}, or move it away."
        )
    if snapshot.subjects == 0:
        raise ListError(
            f"The list {list_name} ({files[0]}) has no usable row: all of its {snapshot.rows:,} rows were "
            f"rejected. Nothing was spent. The table rejected_inputs says why, row by row."
        )
    return snapshot


def read_current(
    paths: DataPaths, kind: SubjectKind, list_name: str, path: Path, folder: Path, *, other_profiles: bool = False
) -> ListSnapshot:
    """The snapshot of a list's file as lists.yaml tells to read it. Raises ListError and StorageError.

    ``other_profiles`` is the setting: whether profiles on other sites than LinkedIn are contacts too.
    """
    options = _options(paths, kind, list_name, other_profiles=other_profiles)
    return snapshot_list(path, list_name, kind, folder, options)


def _options(paths: DataPaths, kind: SubjectKind, list_name: str, *, other_profiles: bool) -> ListOptions:
    options = list_options(paths.lists_file, kind, list_name)
    return replace(options, other_profiles=True) if other_profiles and kind is CONTACTS else options
