"""Marks in the store that identify its data directory and ledger."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.store.object_store import ObjectStore, Tag

if TYPE_CHECKING:
    from saber_pipeline.config.secrets import StoreAddress

DIRECTORY = "landing/directory.id"
MARK = "landing/ledger.json"


@dataclass(frozen=True)
class SharedMarks:
    """The id of the data directory, and the ledger's identity and step, as marked in the store; None without a mark.

    The first run and each publication write the ledger's mark.
    """

    directory: str | None = None
    ledger: tuple[str, int] | None = None


def read_shared_marks(address: StoreAddress) -> SharedMarks:
    """The current marks in the store.

    Raises:
        StorageError: the store does not respond as it should.
    """
    store = ObjectStore(address)
    directory, ledger = store.read(DIRECTORY), store.read_as(MARK, _ledger_mark)
    return SharedMarks(None if directory is None else directory[0].decode("ascii", "replace"), ledger)


def _ledger_mark(text: bytes, _tag: Tag) -> tuple[str, int]:
    mark = json.loads(text)
    return str(mark["identity"]), int(mark["counter"])


def shared_directory_id(address: StoreAddress, own: str) -> str:
    """The id of the data directory in the store. If there is none yet, writes ``own``.

    Raises:
        StorageError: the store does not respond as it should.
    """
    store = ObjectStore(address)
    found = store.read(DIRECTORY)
    if found is None:
        if store.put_new(DIRECTORY, own.encode("ascii")):
            return own
        found = store.read(DIRECTORY)
    if found is None:
        raise store.failure(reason=f"it has {DIRECTORY} but does not return it")
    return found[0].decode("ascii", "replace")


def write_shared_mark(address: StoreAddress, identity: str, counter: int) -> None:
    """Write the ledger's mark for all machines.

    Raises:
        StorageError: the store does not respond as it should.
    """
    ObjectStore(address).put(MARK, json.dumps({"identity": identity, "counter": counter}).encode())
