"""What tells the ledger and the store of one data directory from those of another, in the store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from saber_pipeline.store.object_store import ObjectStore

if TYPE_CHECKING:
    from saber_pipeline.config.secrets import StoreAddress

DIRECTORY = "landing/directory.id"
MARK = "landing/ledger.json"


def shared_directory_id(address: StoreAddress, own: str) -> str:
    """The id of the data directory in the store: ``own`` where it has none yet.

    Raises:
        StorageError: the store does not do as it is asked.
    """
    store = ObjectStore(address)
    found = store.read(DIRECTORY)
    if found is None:
        if store.put_new(DIRECTORY, own.encode("ascii")):
            return own
        found = store.read(DIRECTORY)
    if found is None:
        raise store.failure(reason=f"it has {DIRECTORY} and does not give it")
    return found[0].decode("ascii", "replace")


def read_shared_mark(address: StoreAddress) -> tuple[str, int] | None:
    """The ledger's identity and step as the last publication, or the first run, left them; None where none did.

    Raises:
        StorageError: the store does not do as it is asked.
    """
    store = ObjectStore(address)
    found = store.read(MARK)
    if found is None:
        return None
    try:
        mark = json.loads(found[0])
        return str(mark["identity"]), int(mark["counter"])
    except (ValueError, KeyError, TypeError):
        raise store.failure(reason=f"{MARK} is not as this program writes it") from None


def write_shared_mark(address: StoreAddress, identity: str, counter: int) -> None:
    """Leave them for every machine.

    Raises:
        StorageError: the store does not do as it is asked.
    """
    ObjectStore(address).put(MARK, json.dumps({"identity": identity, "counter": counter}).encode())
