"""Landed files in the object store: immutable there, and the folder here a cache of them."""

from __future__ import annotations

import logging
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from saber_pipeline.config.paths import make_folder
from saber_pipeline.store.object_store import ObjectStore
from saber_pipeline.warehouse.landing import LANDED_SUFFIX, STEM_TIME

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from saber_pipeline.config.secrets import StoreAddress

logger = logging.getLogger(__name__)

OPEN_LONGEST = timedelta(days=1)
"""A file that was open for longer, because its machine slept, lands under the time at which it was finished."""
LISTED_AGAIN = timedelta(days=3)
"""So a listing that begins this long before the newest loaded file has all that may be missing. The clocks of two
machines differ by less: a store refuses requests of a clock that is minutes off."""


def put_landed(address: StoreAddress, finished: Path, target: Path) -> Path:
    """Put a finished file into the store, before it counts as landed here. Returns where it is to lie here.

    That is ``target``, unless another run's file has the name, or it is old.

    Raises:
        StorageError: the store is away, or refuses it. Nothing has landed.
    """
    store = ObjectStore(address)
    now = datetime.now(UTC)
    began = _time_of(target.name)
    if began is not None and now - began > OPEN_LONGEST:
        target = target.with_name(f"{now:{STEM_TIME}}{target.name[_TIME_CHARACTERS:]}")
    while not store.put_new(_name(target.parent, target.name), finished):
        stem = target.name.removesuffix(LANDED_SUFFIX)
        target = target.with_name(f"{stem}-{uuid.uuid4().hex[:8]}{LANDED_SUFFIX}")
    return target


def bring_landed(
    address: StoreAddress, folder: Path, here: Iterable[Path], loaded: Collection[str], *, keeps_loaded: bool = False
) -> None:
    """Fetch into ``folder`` what other machines landed and the warehouse does not have.

    ``here`` are the files that the folder holds, ``loaded`` the names of those that the warehouse has: these are
    removed here, unless ``keeps_loaded``. What landed before there was a store is put there.

    Raises:
        StorageError: the store does not respond as it should.
    """
    store = ObjectStore(address)
    files = {path.name: path for path in here}
    after = _listed_after(loaded)
    listed = store.list(_name(folder), None if after is None else _name(folder, after))
    stored = {name for each in listed if _is_landed(name := each.name.rpartition("/")[2])}
    for name in sorted(files.keys() - stored):
        if not store.put_new(_name(folder, name), files[name]):
            logger.warning("The store has another file %s than %s. Both are unchanged.", name, folder)
    missing = sorted(stored - files.keys() - set(loaded))
    if missing:
        make_folder(folder)
        gone = store.fetch_all((_name(folder, name), folder / name) for name in missing)
        if gone:
            raise store.failure(reason=f"it lists {_name(folder, gone[0])} but does not return it")
    if not keeps_loaded:
        for name in files.keys() & set(loaded):
            files[name].unlink(missing_ok=True)


_TIME_CHARACTERS = len(f"{datetime(2026, 1, 1, tzinfo=UTC):{STEM_TIME}}")


def _name(folder: Path, file: str | None = None) -> str:
    return f"landing/{folder.name}" if file is None else f"landing/{folder.name}/{file}"


def _is_landed(name: str) -> bool:
    return name.endswith(LANDED_SUFFIX) and not name.startswith(".")


def _time_of(name: str) -> datetime | None:
    try:
        return datetime.strptime(name[:_TIME_CHARACTERS], STEM_TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def _listed_after(loaded: Collection[str]) -> str | None:
    newest = max((moment for name in loaded if (moment := _time_of(name)) is not None), default=None)
    if newest is None:
        return None
    return f"{min(newest, datetime.now(UTC)) - LISTED_AGAIN:{STEM_TIME}}"
