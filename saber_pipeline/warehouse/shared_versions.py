"""Published versions in the object store: ``answers/<number>.duckdb``, and a pointer to the newest.

A session moves the pointer by the tag that it read when it locked the warehouse. If it has lost the lock since then,
and another session has published, it cannot move the pointer: answers never go backwards.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from saber_pipeline.config.private_files import open_like_its_folder
from saber_pipeline.errors import LockLostError
from saber_pipeline.storage_failures import KEPT
from saber_pipeline.warehouse.file_copy import log_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from saber_pipeline.advisory_lock import WarehouseHold
    from saber_pipeline.store.object_store import ObjectStore, Tag

FOLDER = "answers"
POINTER = f"{FOLDER}/newest.json"
VERSION_NAME = re.compile(rf"{FOLDER}/(\d+)\.duckdb")
TRIES = 5
"""How often a version may be removed while it is fetched: each time two newer ones were published meanwhile."""


@dataclass(frozen=True)
class Pointer:
    """The newest version: 0 if none was published. ``taken``: the highest number that somebody began with.

    ``version_id`` tells it from a version of the same number in another store.
    """

    number: int = 0
    taken: int = 0
    version_id: str = ""
    bytes: int = 0
    tag: Tag | None = None


class SharedVersions:
    """The versions as a session found them."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.newest = self._read()

    def pull(self, file: Path) -> bool:
        """Put the newest version in place of ``file``; False where none was published."""
        log_of(file).unlink(missing_ok=True)  # of another version: DuckDB would not open it
        found = self._fetch(lambda _number: file)
        if found is not None:
            open_like_its_folder(file)
        return found is not None

    def fetch(self, folder: Path) -> Path | None:
        """Fetch the newest version into ``folder``, under its number; None where none was published."""
        return self._fetch(lambda number: folder / f"{number}.duckdb")

    def _fetch(self, place: Callable[[int], Path]) -> Path | None:
        for _ in range(TRIES):
            if self.newest.number == 0:
                return None
            version = place(self.newest.number)
            if self._store.fetch(_name(self.newest.number), version):
                return version
            self.newest = self._read()
        raise self._store.failure(reason=f"{POINTER} names {_name(self.newest.number)}, which is missing")

    def take(self, at_least: int) -> int:
        """A unique number for a new version, so that an upload after a lost lock overwrites no other version.

        Raises:
            LockLostError: another run has published meanwhile.
        """
        number = max(self.newest.taken + 1, self.newest.number + 1, at_least)
        self._move(replace(self.newest, taken=number))
        return number

    def publish(self, version: Path, number: int, hold: WarehouseHold) -> str:
        """Put a version, and make it the newest; returns its id. All but it and the one before it are removed.

        Raises:
            LockLostError: the lock was lost, or another run has published meanwhile. The store keeps what it had.
        """
        before = self.newest.number
        self._store.put(_name(number), version)
        hold.check()
        self._move(Pointer(number, number, uuid.uuid4().hex, version.stat().st_size, self.newest.tag))
        kept = {number, before}
        old = [each.name for each in self._store.list(FOLDER) if _number(each.name) not in {None, *kept}]
        self._store.delete(old)
        return self.newest.version_id

    def _read(self) -> Pointer:
        return self._store.read_as(POINTER, _pointer) or Pointer()

    def _move(self, pointer: Pointer) -> None:
        told = {
            "number": pointer.number,
            "file": _name(pointer.number) if pointer.number else None,
            "bytes": pointer.bytes,
            "id": pointer.version_id,
            "taken": pointer.taken,
            "written_at": datetime.now(UTC).isoformat(),
            "move": uuid.uuid4().hex,  # no two contents are the same
        }
        tag = self._store.replace(POINTER, json.dumps(told).encode(), self.newest.tag)
        if tag is None:
            raise LockLostError(
                "Another run has published answers since this one locked the warehouse, so the lock was lost "
                f"meanwhile, and this run publishes nothing. {KEPT} What it landed is in the store, and the next run "
                "publishes it. Run the same again."
            )
        self.newest = replace(pointer, tag=tag)


def _pointer(text: bytes, tag: Tag) -> Pointer:
    told = json.loads(text)
    return Pointer(int(told["number"]), int(told["taken"]), str(told["id"]), int(told["bytes"]), tag)


def _name(number: int) -> str:
    return f"{FOLDER}/{number}.duckdb"


def _number(name: str) -> int | None:
    found = VERSION_NAME.fullmatch(name)
    return int(found[1]) if found else None
