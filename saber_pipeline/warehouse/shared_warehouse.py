"""The warehouse of a machine that shares an object store: a copy of the newest version that anybody published."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from saber_pipeline.config.paths import cannot_write, make_folder
from saber_pipeline.config.private_files import make_durable, open_like_its_folder, private_files, replace_private
from saber_pipeline.store.object_store import SHORT_PATIENCE_SECONDS, ObjectStore
from saber_pipeline.store.shared_state import bring_state
from saber_pipeline.warehouse.file_copy import copy_file, log_of
from saber_pipeline.warehouse.publish import KEPT_VERSIONS, drop_old, note, switch, version_file, version_numbers
from saber_pipeline.warehouse.shared_versions import SharedVersions

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.config.paths import DataPaths


def bring_up_to_date(paths: DataPaths, *, puts: bool, is_patient: bool = True) -> SharedVersions:
    """Make warehouse and answers.duckdb here those of the newest version, and the files that are shared beside it.

    Call it under the warehouse's lock of this machine; ``puts``, what this machine changed of those files goes into
    the store, under the lock of all machines. ``is_patient``: wait for a store that is away as a run does.

    Raises:
        StorageError: the store does not respond as it should, or a file cannot be written.
    """
    assert paths.store_address is not None  # noqa: S101 - its callers see to it
    store = ObjectStore(paths.store_address, patience_seconds=None if is_patient else SHORT_PATIENCE_SECONDS)
    shared = SharedVersions(store)
    if shared.newest.number and not is_own(paths, shared):
        try:
            _fetch(paths, shared)
        except OSError as error:
            raise cannot_write(paths.versions, error) from error
    bring_state(store, paths, puts=puts)
    return shared


def is_own(paths: DataPaths, shared: SharedVersions) -> bool:
    """Whether the warehouse here began as the newest version, or was published as it."""
    number = shared.newest.number
    if not (number and version_file(paths, number).is_file() and paths.warehouse_file.is_file()):
        return False
    try:
        return bool(json.loads(_note_file(paths).read_text("utf-8"))["id"] == shared.newest.version_id)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def note_own(paths: DataPaths, version_id: str) -> None:
    """From now on the warehouse here is that version, and what was loaded since."""
    replace_private(_note_file(paths), json.dumps({"id": version_id}).encode())


def _note_file(paths: DataPaths) -> Path:
    return paths.versions / "shared.json"


def _fetch(paths: DataPaths, shared: SharedVersions) -> None:
    make_folder(paths.versions)
    for left in paths.versions.glob(".*.fetched"):
        left.unlink(missing_ok=True)
    _note_file(paths).unlink(missing_ok=True)  # from here on the warehouse is none of theirs
    version = shared.fetch(paths.versions)
    if version is None:
        return
    open_like_its_folder(version)
    make_durable(paths.versions)
    fresh = paths.warehouse_folder / "fetched.duckdb"
    with private_files(paths.warehouse_folder):
        copy_file(version, fresh)
    log_of(paths.warehouse_file).unlink(missing_ok=True)
    fresh.replace(paths.warehouse_file)
    switch(paths, version)
    number = shared.newest.number
    note(paths, number)
    drop_old(paths, [each for each in version_numbers(paths.versions) if each <= number][-KEPT_VERSIONS:])
    note_own(paths, shared.newest.version_id)
