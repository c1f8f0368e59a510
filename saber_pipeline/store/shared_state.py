"""Keeps files that are replaced in place equal on all machines: list snapshots, known templates, lists from Saber.

The store has each content under its hash, ``state/<sha256>``, and ``state.json``, which maps file names to contents, so
that readers see a consistent state. A local note of the last common state shows which side has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from saber_pipeline.config.paths import cannot_write, make_folder
from saber_pipeline.config.private_files import replace_private
from saber_pipeline.config.questions.subject_kinds import KINDS
from saber_pipeline.inputs.list_files import named_list_files

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.store.object_store import ObjectStore, Tag

FOLDER = "state"
MANIFEST = "state.json"
TRIES = 5
"""How often to retry if another machine wrote first."""


@dataclass(frozen=True)
class FileState:
    """The state of one file. Its time is shared too, because the warehouse recognises loaded files by size and time."""

    sha256: str
    size_bytes: int
    modified_ns: int

    def is_at(self, path: Path) -> bool:
        """Whether the file at ``path`` is in this state, by size and time."""
        status = path.stat()
        return (status.st_size, status.st_mtime_ns) == (self.size_bytes, self.modified_ns)


Files = Mapping[str, FileState]


def bring_state(store: ObjectStore, paths: DataPaths, *, puts: bool) -> None:
    """Fetch files that have changed in the store; with ``puts``, upload files that have changed here, which then win.

    The snapshot of a list whose file is here stays, whatever other machines have read under its name. Call this under
    this machine's warehouse lock; with ``puts``, under the warehouse lock of all machines.

    Raises:
        StorageError: the store does not respond as it should, or a file cannot be written.
    """
    for _ in range(TRIES):
        before, (there, tag) = _read_note(paths), _read_manifest(store)
        here = _read_here(paths, before)
        ours = {name for name in here if here[name] != before.get(name) or _is_of_a_list(name, paths)}
        gone, wanted = before.keys() - here.keys(), dict(there)
        if puts:
            for name in ours:
                if name not in there or there[name].sha256 != here[name].sha256:
                    wanted[name] = here[name]
            for name in gone:
                wanted.pop(name, None)
            if wanted != there and not _put(store, paths, there, wanted, tag):
                continue
        changed = {name for name in {*here, *wanted} if here.get(name) != wanted.get(name)}
        left = set() if puts else changed & (ours | gone)
        if _take(store, paths, here, {name: wanted.get(name) for name in changed - left}):
            _write_note(paths, before, {**wanted, **{name: before.get(name) for name in left}})
            return
    raise store.failure(reason=f"{MANIFEST} keeps changing")


def _read_here(paths: DataPaths, before: Files) -> dict[str, FileState]:
    """The local files. Files with an unchanged size and time are not read again."""
    folders = [*(paths.landed_lists(kind) for kind in KINDS), *(paths.fetched_lists(kind) for kind in KINDS)]
    found = [each for folder in folders if folder.is_dir() for each in folder.rglob("*")]
    here = {}
    for path in [*found, paths.known_templates_file]:
        name = path.relative_to(paths.data_dir)
        if not path.is_file() or any(part.startswith(".") for part in name.parts):
            continue
        known = before.get(name.as_posix())
        if known is not None and known.is_at(path):
            here[name.as_posix()] = known
            continue
        status = path.stat()
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        here[name.as_posix()] = FileState(sha256, status.st_size, status.st_mtime_ns)
    return here


def _is_of_a_list(name: str, paths: DataPaths) -> bool:
    """Whether ``name`` belongs to the snapshot of a list whose file is here."""
    for kind in KINDS:
        folder = paths.landed_lists(kind).relative_to(paths.data_dir).as_posix()
        if name.startswith(f"{folder}/"):
            list_name = name.removeprefix(f"{folder}/").partition(".")[0]
            return bool(named_list_files(list_name, paths.lists(kind), paths.fetched_lists(kind)))
    return False


def _put(store: ObjectStore, paths: DataPaths, there: Files, wanted: Files, tag: Tag | None) -> bool:
    """Upload missing contents, then the manifest; False if another machine wrote the manifest first."""
    for name, state in wanted.items():
        if there.get(name) != state:
            store.put_new(f"{FOLDER}/{state.sha256}", paths.data_dir / name)
    if store.replace(MANIFEST, _as_json(wanted), tag) is None:
        return False
    gone = {state.sha256 for state in there.values()} - {state.sha256 for state in wanted.values()}
    store.delete(f"{FOLDER}/{sha256}" for sha256 in gone)
    return True


def _take(store: ObjectStore, paths: DataPaths, here: Files, changed: Mapping[str, FileState | None]) -> bool:
    """Update the local files to ``changed``; False if a content is no longer in the store.

    The record of a list's snapshot is deleted first and written last: without it the list is read again.
    """
    old = {name for name, state in changed.items() if not _is_at_hand(here, name, state)}
    try:
        for name in sorted(old, key=_is_no_record):
            if changed[name] is None or not _is_no_record(name):
                (paths.data_dir / name).unlink(missing_ok=True)
        for is_record in (False, True):
            group = [(name, state) for name, state in changed.items() if state and _is_no_record(name) is not is_record]
            fetched = [(f"{FOLDER}/{state.sha256}", paths.data_dir / name) for name, state in group if name in old]
            if fetched and store.fetch_all(fetched):
                return False
            for name, state in group:
                os.utime(paths.data_dir / name, ns=(state.modified_ns, state.modified_ns))
    except OSError as error:
        raise cannot_write(paths.landing, error) from error
    return True


def _is_at_hand(here: Files, name: str, state: FileState | None) -> bool:
    return state is not None and name in here and here[name].sha256 == state.sha256


def _is_no_record(name: str) -> bool:
    return not name.endswith(".json")


def _note_file(paths: DataPaths) -> Path:
    return paths.landing / ".state.json"


def _read_note(paths: DataPaths) -> dict[str, FileState]:
    try:
        return _from_json(_note_file(paths).read_bytes())
    except (OSError, ValueError, TypeError):
        return {}


def _write_note(paths: DataPaths, before: Files, noted: Mapping[str, FileState | None]) -> None:
    files = {name: state for name, state in noted.items() if state is not None}
    if files == before:
        return
    note = _note_file(paths)
    make_folder(note.parent)
    try:
        replace_private(note, _as_json(files))
    except OSError as error:
        raise cannot_write(note, error) from error


def _read_manifest(store: ObjectStore) -> tuple[dict[str, FileState], Tag | None]:
    return store.read_as(MANIFEST, lambda text, tag: (_from_json(text), tag)) or ({}, None)


def _as_json(files: Files) -> bytes:
    return json.dumps({name: asdict(state) for name, state in sorted(files.items())}).encode()


def _from_json(text: bytes) -> dict[str, FileState]:
    """Read a manifest; names that lead out of the data directory are dropped."""
    files = {name: FileState(**state) for name, state in json.loads(text).items()}
    return {name: state for name, state in files.items() if ".." not in PurePosixPath(name).parts and name[:1] != "/"}
