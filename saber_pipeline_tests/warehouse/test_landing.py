"""Landing: what was received is on disk, whole, or not there at all."""

from __future__ import annotations

import json
import os
import resource
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import zstandard

from saber_pipeline.errors import StorageError
from saber_pipeline.warehouse.landing import WRITE_BYTES, LandingWriter, landing_stem
from saber_pipeline_tests.warehouse.signals import boolean, raw_signal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_a_line_is_an_envelope_around_the_untouched_signal(tmp_path: Path) -> None:
    """The signal's bytes are in the line as they came, with identity, force and time around them."""
    raw = raw_signal("1", boolean(value=True), question="Größe?")
    with LandingWriter(tmp_path, "a", now=lambda: NOON) as writer:
        writer.add("q", True, raw)
        file = writer.commit()
    assert file is not None
    line = zstandard.ZstdDecompressor().decompressobj().decompress(file.path.read_bytes())
    assert raw in line
    assert json.loads(line) == {
        "question_id": "q",
        "force_refreshed": True,
        "landed_at": "2026-01-31T12:00:00.000000Z",
        "signal": json.loads(raw),
    }


def test_a_signal_with_line_breaks_stays_one_line(tmp_path: Path) -> None:
    """Pretty-printed JSON lands as one line and means the same."""
    with LandingWriter(tmp_path, "a") as writer:
        writer.add(None, False, json.dumps({"id": "1"}, indent=1).encode())
        file = writer.commit()
    assert file is not None
    lines = zstandard.ZstdDecompressor().decompressobj().decompress(file.path.read_bytes()).splitlines()
    assert [json.loads(line)["signal"] for line in lines] == [{"id": "1"}]


def test_an_aborted_file_leaves_nothing(tmp_path: Path) -> None:
    """An exception before the commit leaves no file, under no name."""

    def interrupted() -> None:
        with LandingWriter(tmp_path, "a") as writer:
            writer.add(None, False, b"{}")
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_nothing_added_is_no_file(tmp_path: Path) -> None:
    """Committing an empty writer makes no file."""
    with LandingWriter(tmp_path, "a") as writer:
        assert writer.commit() is None
    assert list(tmp_path.iterdir()) == []


def test_names_sort_by_time_and_differ_by_run() -> None:
    """A stem tells the UTC time, the run and the number within it."""
    assert landing_stem(NOON, "0123456789ab", 7) == "20260131T120000000000Z-01234567-7"


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    """A file where the landing folder should be ends in a StorageError that names it."""
    (tmp_path / "landing").write_text("")
    writer = LandingWriter(tmp_path / "landing" / "signals", "a")
    with pytest.raises(StorageError, match="landing/signals cannot be written"):
        writer.add(None, False, b"{}")


def long_lines(bytes_in_all: int) -> Iterator[bytes]:
    """JSON objects of 10,000 bytes that hardly compress."""
    for number in range(bytes_in_all // 10_000):
        yield json.dumps({"id": str(number), "text": os.urandom(4_980).hex()}).encode()


def landing_threads() -> list[str]:
    """The threads in which files that land are compressed."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("saber-landing")]


def test_a_long_file_is_compressed_beside_its_caller_and_holds_every_line_in_order(tmp_path: Path) -> None:
    """Pieces that a thread compresses stand in the order in which they were added, and the file says what it holds."""
    signals = list(long_lines(5 * WRITE_BYTES))
    with LandingWriter(tmp_path, "a") as writer:
        for raw in signals:
            writer.add("q", False, raw)
        assert landing_threads()
        file = writer.commit()
    assert file is not None
    assert not landing_threads()
    lines = zstandard.ZstdDecompressor().decompressobj().decompress(file.path.read_bytes()).splitlines()
    assert [json.loads(line)["signal"] for line in lines] == [json.loads(raw) for raw in signals]
    assert (file.lines, file.size_bytes) == (len(signals), sum(map(len, signals)))
    assert file.compressed_bytes == file.path.stat().st_size


def test_a_short_file_needs_no_thread(tmp_path: Path) -> None:
    """A look that brings a page or two starts none."""
    with LandingWriter(tmp_path, "a") as writer:
        for raw in long_lines(WRITE_BYTES // 2):
            writer.add("q", False, raw)
        assert not landing_threads()
        assert writer.commit() is not None


def test_an_aborted_long_file_leaves_neither_file_nor_thread(tmp_path: Path) -> None:
    """An exception while a piece is being compressed waits for that piece, and leaves nothing."""

    def interrupted() -> None:
        with LandingWriter(tmp_path, "a") as writer:
            for raw in long_lines(3 * WRITE_BYTES):
                writer.add(None, False, raw)
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    assert list(tmp_path.iterdir()) == []
    assert not landing_threads()


@pytest.mark.parametrize("most_bytes", [WRITE_BYTES // 2, 5 * WRITE_BYTES], ids=["early", "late"])
def test_what_cannot_be_written_by_the_thread_reaches_the_caller(tmp_path: Path, most_bytes: int) -> None:
    """A disk that takes no more is one sentence for whoever adds or commits, and nothing lands."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def land_on_a_full_disk() -> None:
        with LandingWriter(tmp_path, "a") as writer:
            for raw in long_lines(10 * WRITE_BYTES):
                writer.add(None, False, raw)
            writer.commit()

    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, limits[1]))
    try:
        with pytest.raises(StorageError, match="cannot be written: File too large"):
            land_on_a_full_disk()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []
    assert not landing_threads()
