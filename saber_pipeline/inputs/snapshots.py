"""Snapshots of list files: normalised, kept on disk, and made again only if a file has changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TypedDict

from saber_pipeline.config.private_files import make_private_folder, private_files
from saber_pipeline.config.questions.subject_kinds import SubjectKind
from saber_pipeline.errors import ListError, StorageError
from saber_pipeline.inputs.list_files import fingerprint
from saber_pipeline.inputs.list_options import NO_OPTIONS, RULES_VERSION, ListOptions
from saber_pipeline.inputs.table_facts import ListSnapshot, facts_from_json


def snapshot_list(
    path: Path, list_name: str, kind: SubjectKind, folder: Path, options: ListOptions = NO_OPTIONS
) -> ListSnapshot:
    """The snapshot of one list in ``folder``, made again if the file has changed since.

    Raises:
        ListError: the file cannot be used as a whole; the last snapshot stays as it was.
        StorageError: ``folder`` cannot be written.
    """
    last = read_snapshot(list_name, folder)
    if (
        last is not None
        and last.facts is not None  # records of an earlier version have no facts
        and last.rules_version == RULES_VERSION
        and last.options == options.mark
        and last.fingerprint == fingerprint(path)
    ):
        return last
    from saber_pipeline.inputs.list_normalisation import normalise_list  # noqa: PLC0415 - 0.1 s, for lists that are read
    from saber_pipeline.inputs.list_rules import rules_of  # noqa: PLC0415 - as above

    rules = rules_of(kind).with_options(options)
    try:
        make_private_folder(folder)
        # No record while the tables change, so that a crash in between means reading the file again.
        _record(list_name, folder).unlink(missing_ok=True)
        try:
            tables = snapshot_tables(list_name, kind, folder)
            snapshot = normalise_list(path, list_name, rules, options=options, **tables)
        except ListError:
            if last is not None:
                _write_record(last, folder)
            raise
        _write_record(snapshot, folder)
    except OSError as error:
        raise StorageError(
            f"The folder {folder} cannot be written ({error.strerror}). Nothing was spent. "
            f"Make it writable for this user, or set SABER_DATA_DIR to a folder that is."
        ) from error
    return replace(snapshot, was_reread=True)


def read_snapshot(list_name: str, folder: Path) -> ListSnapshot | None:
    """The last snapshot of a list. None if there is none, or if it is not whole."""
    try:
        fields = json.loads(_record(list_name, folder).read_text(encoding="utf-8"))
        facts = fields.pop("facts", None)
        return ListSnapshot(**fields, facts=None if facts is None else facts_from_json(facts))
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def borrow_snapshot(list_name: str, kind: SubjectKind, owner: Path, folder: Path) -> None:
    """Copy a list's snapshot from the folder ``owner`` into ``folder``: its record and its subjects.

    Nothing is copied if there is no snapshot, or if a run is making it again. Then the list has to be read.
    """
    last = read_snapshot(list_name, owner)
    if last is None or last.facts is None:
        return
    name = snapshot_tables(list_name, kind, folder)["accepted_path"].name
    try:
        make_private_folder(folder)
        with private_files(folder):
            shutil.copyfile(owner / name, folder / name)
        if read_snapshot(list_name, owner) == last:
            _write_record(last, folder)
    except OSError:
        (folder / name).unlink(missing_ok=True)


def was_read_since(path: Path, list_name: str, folder: Path, options: ListOptions = NO_OPTIONS) -> bool:
    """Whether the list was read with these options after its file was last written. False if that is not known."""
    last = read_snapshot(list_name, folder)
    if last is None or last.options != options.mark or path.is_dir():
        return False
    try:
        return path.stat().st_mtime_ns < _record(list_name, folder).stat().st_mtime_ns
    except OSError:
        return False


def drop_vanished(files: Mapping[str, Path], kind: SubjectKind, folder: Path) -> list[str]:
    """Remove the snapshots of lists whose file is gone. Returns the names of the lists."""
    gone = sorted(path.stem for path in folder.glob("*.json") if path.stem not in files)
    for list_name in gone:
        _record(list_name, folder).unlink(missing_ok=True)
        tables = snapshot_tables(list_name, kind, folder)
        for table in (tables["accepted_path"], tables["rejected_path"], tables["rows_path"]):
            table.unlink(missing_ok=True)
    return gone


class SnapshotTables(TypedDict):
    accepted_path: Path
    rejected_path: Path
    rows_path: Path


def _write_record(snapshot: ListSnapshot, folder: Path) -> None:
    with private_files(folder):
        _record(snapshot.list_name, folder).write_text(json.dumps(asdict(snapshot)), encoding="utf-8")


def _record(list_name: str, folder: Path) -> Path:
    return folder / f"{list_name}.json"


def snapshot_tables(list_name: str, kind: SubjectKind, folder: Path) -> SnapshotTables:
    """Where ``normalise_list`` writes for a snapshot in ``folder``: its path arguments."""
    return {
        "accepted_path": folder / f"{list_name}.{kind.table}.parquet",
        "rejected_path": folder / f"{list_name}.rejected.parquet",
        "rows_path": folder / f"{list_name}.rows.parquet",
    }
