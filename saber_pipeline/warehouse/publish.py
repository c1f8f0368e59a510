"""Publish: replaces analysts' answers.duckdb as a whole, even while the old one is open.

It is a symbolic link to a numbered copy of the private warehouse. Nobody's copy is ever written by
the pipeline, so readers and writers never wait for each other.
"""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.config.paths import cannot_write, make_folder
from saber_pipeline.config.private_files import make_durable, open_like_its_folder, private_files, replace_private
from saber_pipeline.errors import StorageError
from saber_pipeline.warehouse.file_copy import copy_file, log_of

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.warehouse.session import WarehouseSession
    from saber_pipeline.warehouse.shared_versions import SharedVersions

KEPT_VERSIONS = 2
VERSION_NAME = re.compile(r"(\d+)\.duckdb")


@dataclass(frozen=True)
class PublishSummary:
    """The published version. ``changed`` is false if the previous version had the same content."""

    number: int
    bytes: int
    seconds: float
    changed: bool


def publish(session: WarehouseSession) -> PublishSummary:
    """Close the session's connection and put a copy of its file in place of answers.duckdb.

    Call it last in a session: the lock stays held, so the copy is of one moment. Does nothing when the
    warehouse is as it was at the last publish and nobody touched the copy. StorageError when a folder
    or file cannot be written, answers.duckdb is a folder, or the lock was lost; the old answers then stay.
    """
    started = time.monotonic()
    session.close_connection()
    paths = session.paths
    if paths.answers_file.is_dir():
        raise StorageError(
            f"{paths.answers_file} is a folder, so the answers cannot be published there. Nothing was lost. "
            "Move it away and run again."
        )
    make_folder(paths.versions)
    numbers, shared = version_numbers(paths.versions), session.shared
    if numbers and _is_published(paths, numbers[-1]) and (shared is None or shared.newest.number == numbers[-1]):
        newest = version_file(paths, numbers[-1])
        return PublishSummary(numbers[-1], newest.stat().st_size, time.monotonic() - started, changed=False)
    number = (numbers[-1] if numbers else 0) + 1
    if shared is not None:
        number = shared.take(number)
    try:
        with private_files(paths.versions):
            version = _copy_version(session, number, _spare(paths, [*numbers, number]))
            if shared is not None:
                _share(session, shared, version, number)
            switch(paths, version)
            note(paths, number)
        kept = [*numbers, number][-KEPT_VERSIONS:]
        drop_old(paths, kept)
        session.journal.note(published=version, kept=[version_file(paths, each) for each in kept])
    except OSError as error:
        raise cannot_write(paths.versions, error) from error
    return PublishSummary(number, version.stat().st_size, time.monotonic() - started, changed=True)


def newest_version(paths: DataPaths) -> PublishSummary | None:
    """The version that analysts see; None if nothing was published. Call it with the warehouse's lock."""
    numbers = version_numbers(paths.versions) if paths.versions.is_dir() else []
    if not numbers:
        return None
    return PublishSummary(numbers[-1], version_file(paths, numbers[-1]).stat().st_size, 0.0, changed=False)


def _share(session: WarehouseSession, shared: SharedVersions, version: Path, number: int) -> None:
    """Publish the version in the store, before analysts here see it; one that cannot be published there is removed."""
    from saber_pipeline.warehouse.shared_warehouse import note_own  # noqa: PLC0415 - not without a store

    try:
        version_id = shared.publish(version, number, session.hold)
    except BaseException:
        version.unlink(missing_ok=True)
        raise
    note_own(session.paths, version_id)


def version_file(paths: DataPaths, number: int) -> Path:
    """Where a version lies."""
    return paths.versions / f"{number}.duckdb"


def version_numbers(folder: Path) -> list[int]:
    """The numbers of the versions in ``folder``, the newest last."""
    matches = (VERSION_NAME.fullmatch(path.name) for path in folder.iterdir())
    return sorted(int(match[1]) for match in matches if match)


def _spare(paths: DataPaths, numbers: list[int]) -> Path | None:
    """The newest of the versions that the publication removes, unless answers.duckdb still leads to it.

    It does so after a crash between a copy and the switch.
    """
    going = [version_file(paths, number) for number in numbers[:-KEPT_VERSIONS]]
    shown = paths.answers_file.resolve()
    return next((version for version in reversed(going) if version.resolve() != shown), None)


def _copy_version(session: WarehouseSession, number: int, spare: Path | None) -> Path:
    paths = session.paths
    version = version_file(paths, number)
    partial = paths.versions / f".{number}.duckdb.partial"
    try:
        written = session.journal.written_since(spare) if spare is not None else None
        copy_file(paths.warehouse_file, partial, spare=spare, written=written)
        open_like_its_folder(partial)  # analysts may be others than who runs this
        session.hold.check()  # a session that lost the lock may have copied what the next one was writing
        partial.rename(version)
    except (OSError, StorageError):
        partial.unlink(missing_ok=True)
        raise
    make_durable(paths.versions)
    return version


def switch(paths: DataPaths, version: Path) -> None:
    """Make answers.duckdb the new version, in one step.

    A log that somebody's read-write connection left belongs to another version: beside the new one it
    would make every open fail, so it goes first. DuckDB 1.4 names it after the link, 2.0 after the target.
    """
    for log in (log_of(paths.answers_file), log_of(version)):
        log.unlink(missing_ok=True)
    link = paths.data_dir / f".answers.duckdb.{os.getpid()}.link"
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(version, paths.data_dir))
    link.replace(paths.answers_file)
    make_durable(paths.data_dir)


def drop_old(paths: DataPaths, kept: list[int]) -> None:
    """Unlink all other versions. Whoever still has one open keeps it until closing it."""
    names = {name for number in kept for name in (f"{number}.duckdb", f"{number}.duckdb.wal")}
    for path in [*paths.versions.glob("*.duckdb"), *paths.versions.glob("*.duckdb.wal")]:
        if path.name not in names:
            path.unlink(missing_ok=True)


def note(paths: DataPaths, number: int) -> None:
    """Record what was published from what, to know later whether either changed."""
    replace_private(_note_file(paths), json.dumps(_state(paths, number)).encode())


def _is_published(paths: DataPaths, number: int) -> bool:
    target = os.path.relpath(version_file(paths, number), paths.data_dir)
    if not paths.answers_file.is_symlink() or str(paths.answers_file.readlink()) != target:
        return False
    if log_of(paths.answers_file).exists() or log_of(version_file(paths, number)).exists():
        return False
    try:
        return bool(json.loads(_note_file(paths).read_text("utf-8")) == _state(paths, number))
    except (OSError, ValueError):
        return False


def _note_file(paths: DataPaths) -> Path:
    return paths.versions / "published.json"


def _state(paths: DataPaths, number: int) -> dict[str, int]:
    source, version = paths.warehouse_file.stat(), version_file(paths, number).stat()
    return {
        "number": number,
        "warehouse_bytes": source.st_size,
        "warehouse_modified_ns": source.st_mtime_ns,
        "version_bytes": version.st_size,
        "version_modified_ns": version.st_mtime_ns,
    }
