"""A landed file where machines share an object store: it is there before it counts as landed here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.config.secrets import StoreAddress
from saber_pipeline.errors import ObjectStoreError
from saber_pipeline.store import object_store
from saber_pipeline.store.object_store import ObjectStore
from saber_pipeline.warehouse.landed_files import list_landed
from saber_pipeline.warehouse.landing import LandingWriter, landing_stem
from saber_pipeline.warehouse.shared_landing import put_landed

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC)
STEM = landing_stem(NOW, "run1", 0)


def land(folder: Path, store: StoreAddress, raw: bytes, stem: str = STEM) -> Path:
    """One signal in a file of its own."""
    with LandingWriter(folder, stem, store=store) as writer:
        writer.add("q", False, raw)
        landed = writer.commit()
    assert landed is not None
    (path,) = list_landed(folder)
    return path


def stored(store: StoreAddress) -> dict[str, bytes]:
    """What landed, by the end of its name."""
    found = ObjectStore(store)
    contents = {each.name: found.read(each.name) for each in found.list("landing/signals")}
    return {name.rpartition("/")[2]: content[0] for name, content in contents.items() if content}


@pytest.mark.slow
def test_it_is_in_the_store_at_once(tmp_path: Path, store_address: StoreAddress) -> None:
    """A machine that dies right after it has landed a file takes nothing with it."""
    path = land(tmp_path / "signals", store_address, b'{"id":1}')
    assert stored(store_address) == {path.name: path.read_bytes()}


def test_two_files_of_one_name(tmp_path: Path, store_address: StoreAddress) -> None:
    """Neither replaces the other: the second gets a name of its own, here and there."""
    first = land(tmp_path / "here" / "signals", store_address, b'{"id":1}')
    second = land(tmp_path / "elsewhere" / "signals", store_address, b'{"id":2}')
    assert first.name == f"{STEM}.ndjson.zst" != second.name
    assert stored(store_address) == {path.name: path.read_bytes() for path in (first, second)}


def test_a_file_that_was_open_for_days(tmp_path: Path, store_address: StoreAddress) -> None:
    """It lands under the time at which it was finished: other machines list no further back than some days."""
    path = land(tmp_path / "signals", store_address, b'{"id":1}', landing_stem(NOW - timedelta(days=5), "run1", 0))
    assert path.name >= STEM[:8]
    assert list(stored(store_address)) == [path.name]


def test_a_reply_that_was_lost(tmp_path: Path, store_address: StoreAddress) -> None:
    """A file that the store turns out to have already is this one: it is not put twice."""
    path = land(tmp_path / "signals", store_address, b'{"id":1}')
    assert put_landed(store_address, path, path) == path
    assert list(stored(store_address)) == [path.name]


def test_nothing_has_landed_without_the_store(
    tmp_path: Path, store_address: StoreAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the store does not answer, the file is in neither place, and the error says what to do."""
    monkeypatch.setattr(object_store, "PATIENCE_SECONDS", 0.3)
    away = StoreAddress("s3://bucket/away", store_address.options | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    with pytest.raises(ObjectStoreError, match="SABER_STORE_URL"):
        land(tmp_path / "signals", away, b'{"id":1}')
    assert list((tmp_path / "signals").iterdir()) == []
