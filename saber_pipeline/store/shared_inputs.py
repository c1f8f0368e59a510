"""Shares the files that people write (questions, lists and so on) between machines, in the store below ``inputs/``."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from saber_pipeline.config.paths import cannot_write, make_folder
from saber_pipeline.config.private_files import replace_private
from saber_pipeline.errors import ObjectStoreError
from saber_pipeline.store.object_store import SHORT_PATIENCE_SECONDS, ObjectStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from saber_pipeline.config.paths import DataPaths

logger = logging.getLogger(__name__)

FOLDER = "inputs"
FILES = ("questions.yaml", "sources.yaml", "lists.yaml", "reviews.csv")
FOLDERS = ("domain_lists", "contact_lists", "research_lists", "truth")

Noted = dict[str, tuple[str, int, int]]
"""By name: the object's tag, and the local file's size and time, when both were last the same."""


def bring_inputs(paths: DataPaths) -> None:
    """Fetch the files below ``inputs/`` that differ from the local ones.

    A file that was changed here since it was fetched stays, with a warning. If the store has a newer one too, the local
    version is kept in ``replaced_inputs/``. If the store is unreachable, nothing changes, with a warning.

    Raises:
        StorageError: a file cannot be written.
    """
    assert paths.store_address is not None  # noqa: S101 - callers check it
    noted = _read_note(paths)
    try:
        store = ObjectStore(paths.store_address, patience_seconds=SHORT_PATIENCE_SECONDS)
        there = _listed(store)
        now = dict(noted)
        for name, tag in there.items():
            _bring(store, paths, name, tag, now)
        for name in noted.keys() - there.keys():
            if _state(paths.data_dir / name) == now.pop(name)[1:]:
                (paths.data_dir / name).unlink()
        _write_note(paths, noted, now)
    except ObjectStoreError as error:
        logger.warning("Using the questions and lists that were last fetched here. %s", error)
    except OSError as error:
        raise cannot_write(paths.data_dir, error) from error


def share_inputs(paths: DataPaths) -> tuple[list[str], list[str]]:
    """Upload the local files that differ from the store's; returns the names of uploaded and of removed files.

    A file that was fetched or uploaded before, and is gone here, is removed from the store.

    Raises:
        ObjectStoreError: the store does not respond as it should.
    """
    assert paths.store_address is not None  # noqa: S101 - callers check it
    store = ObjectStore(paths.store_address)
    noted, there, here = _read_note(paths), _listed(store), _files_here(paths)
    put = [name for name, path in here.items() if name not in there or _state(path) != noted.get(name, ("", 0, 0))[1:]]
    put = [name for name in put if not _is_there(store, name, here[name])]
    for name in put:
        store.put(f"{FOLDER}/{name}", here[name])
    removed = sorted(name for name in noted if name in there and name not in here)
    store.delete(f"{FOLDER}/{name}" for name in removed)
    tags = _listed(store)
    now = {name: (tag, *state) for name, tag in tags.items() if (state := _state(paths.data_dir / name)) is not None}
    _write_note(paths, noted, now)
    return put, removed


def _bring(store: ObjectStore, paths: DataPaths, name: str, tag: str, now: Noted) -> None:
    path, known = paths.data_dir / name, now.get(name)
    state = _state(path)
    if known is not None and known[0] == tag:
        if state == known[1:]:
            return
        if state is not None:
            logger.warning(
                "%s was changed here but not shared, so other machines use another version. `saber-pipeline share` "
                "puts it into the store. If you delete it, the shared version is fetched.",
                path,
            )
            return
    if state is not None and (known is None or state != known[1:]) and not _is_there(store, name, path):
        kept = paths.data_dir / "replaced_inputs" / name
        make_folder(kept.parent)
        shutil.copy2(path, kept)
        logger.warning("%s was replaced by the version in the store. The old version is %s.", path, kept)
    if store.fetch(f"{FOLDER}/{name}", path):
        now[name] = (tag, *(_state(path) or (0, 0)))


def _is_there(store: ObjectStore, name: str, path: Path) -> bool:
    """Whether the store has a file with the same content."""
    found = store.read(f"{FOLDER}/{name}")
    return found is not None and found[0] == path.read_bytes()


def _listed(store: ObjectStore) -> dict[str, str]:
    names = {each.name.removeprefix(f"{FOLDER}/"): each.tag for each in store.list(FOLDER)}
    return {name: tag for name, tag in names.items() if _is_input(name)}


def _is_input(name: str) -> bool:
    """Whether ``name`` may be read or written: the store reaches no other files of the data directory."""
    parts = PurePosixPath(name).parts
    is_plain = not any(part in ("..", ".") or part.startswith(".") for part in parts)
    return is_plain and (name in FILES or (len(parts) > 1 and parts[0] in FOLDERS))


def _files_here(paths: DataPaths) -> dict[str, Path]:
    folders = (each for folder in FOLDERS for each in sorted((paths.data_dir / folder).rglob("*")))
    found = [*(paths.data_dir / name for name in FILES), *folders]
    names = {path.relative_to(paths.data_dir).as_posix(): path for path in found if path.is_file()}
    return {name: path for name, path in names.items() if _is_input(name)}


def _state(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _note_file(paths: DataPaths) -> Path:
    return paths.data_dir / ".inputs.json"


def _read_note(paths: DataPaths) -> Noted:
    try:
        noted = json.loads(_note_file(paths).read_bytes())
        return {name: (str(tag), int(size), int(modified)) for name, (tag, size, modified) in noted.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write_note(paths: DataPaths, before: Mapping[str, tuple[str, int, int]], now: Noted) -> None:
    if now == before:
        return
    note = _note_file(paths)
    try:
        make_folder(note.parent)
        replace_private(note, json.dumps(now).encode())
    except OSError as error:
        raise cannot_write(note, error) from error
