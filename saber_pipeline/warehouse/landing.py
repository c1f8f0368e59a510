"""Landing: the API's replies on disk, unchanged, before they are processed.

A landed file is NDJSON in one zstd frame with a checksum. A line is an envelope around the untouched
signal, or around another object of the API (``landed_records.py``)::

    {"question_id": "…", "force_refreshed": false, "landed_at": "2026-01-31T12:00:00Z", "signal": {…}}
    {"question_id": "…", "subject": "…", "force_refreshed": false, "landed_at": "…", "signal": {…}}
    {"about": {"search": "sales_leaders"}, "landed_at": "2026-01-31T12:00:00Z", "record": {…}}

``subject`` is there if the API spells the subject in another way than the purchased pair. ``mismatch`` is there if the
signal belongs to the pair by its id, but says that it is about something else: it names the fields that differ.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import zstandard

from saber_pipeline.config.paths import cannot_write, make_folder
from saber_pipeline.config.private_files import make_durable, private_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType

    from saber_pipeline.config.secrets import StoreAddress

LANDED_SUFFIX = ".ndjson.zst"
STEM_TIME = "%Y%m%dT%H%M%S%fZ"
COMPRESSION_LEVEL = 1
"""Levels 2 and 3 take up to 1.7 times as long for signals, and make them no smaller."""

WRITE_BYTES = 1 << 18
"""Lines are compressed so many bytes at a time; signal by signal takes a fifth longer."""


PARTS_OF_A_LINE = 5
LONG_LINE_BYTES = 16_000


@dataclass(frozen=True)
class LandedFile:
    """A file that this process has landed, with the amounts that it wrote: its reader can tell whether all is there."""

    path: Path
    lines: int
    size_bytes: int  # before compression, without the envelopes
    compressed_bytes: int
    longest_line_bytes: int  # at most: lines are measured as they are written, some of them together
    long_lines_bytes: int  # of those that are longer than LONG_LINE_BYTES in the mean, likewise

    @property
    def name(self) -> str:
        """The file's name, by which the warehouse notes it as loaded."""
        return self.path.name


def utc_now() -> datetime:
    """The present, with its time zone."""
    return datetime.now(UTC)


def landing_stem(now: datetime, run_id: str, number: int) -> str:
    """A name no other file has: ``<utc time>-<start of the run id>-<number>``."""
    return f"{now.astimezone(UTC):{STEM_TIME}}-{run_id[:8]}-{number}"


class LandingWriter:
    """Writes one landed file. Nothing is visible under its name before ``commit``.

    As a context manager it aborts what was not committed. Raises StorageError when the folder cannot
    be written. ``store``: it has to have the file before it counts as landed.

    Of a longer file the pieces of WRITE_BYTES are compressed by a thread of the file's own, while its caller reads on:
    zstd lets go of Python's lock.
    """

    def __init__(
        self,
        folder: Path,
        stem: str,
        *,
        now: Callable[[], datetime] = utc_now,
        store: StoreAddress | None = None,
    ) -> None:
        self.size_bytes = 0  # of what was added, before compression
        self._written_lines = self._longest_bytes = self._long_bytes = 0
        self._target = folder / f"{stem}{LANDED_SUFFIX}"
        self._temporary = folder / f".{stem}{LANDED_SUFFIX}.{os.getpid()}.partial"
        self._now = now
        self._store = store
        self._lines: list[bytes] = []
        self._landed_at = b""  # of the lines that are written together
        self._lines_bytes = 0
        self._file: BinaryIO | None = None
        self._compressed: zstandard.ZstdCompressionWriter | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._piece: Future[None] | None = None  # in the thread: one at most, so two are in memory

    def add(
        self,
        question_id: str | None,
        force_refreshed: bool,
        raw: bytes,
        *,
        subject: str | None = None,
        mismatch: str | None = None,
    ) -> None:
        """Append one signal. ``raw`` is the API's JSON object; line breaks between its tokens become spaces."""
        self._write(_envelope_head(question_id, force_refreshed, subject, mismatch), b'","signal":', raw)

    def add_record(self, about: Mapping[str, Any], raw: bytes) -> None:
        """Append one object that is no signal; ``about`` is what it does not say itself, as plain JSON values."""
        self._write(b'{"about":' + json.dumps(dict(about)).encode() + b',"landed_at":"', b'","record":', raw)

    def commit(self) -> LandedFile | None:
        """Sync, give the file its name, sync the folder. None when nothing was added."""
        if self._compressed is None or self._file is None:
            return None
        self._await_piece()
        self._compress(self._piece_of_lines())
        self._end_thread()
        try:
            self._compressed.flush(zstandard.FLUSH_FRAME)
            self._file.flush()
            os.fsync(self._file.fileno())
            compressed_bytes = os.fstat(self._file.fileno()).st_size
            self._file.close()
            if self._store is not None:
                from saber_pipeline.warehouse.shared_landing import put_landed  # noqa: PLC0415 - not without a store

                self._target = put_landed(self._store, self._temporary, self._target)
            self._temporary.rename(self._target)
            make_durable(self._target.parent)
        except OSError as error:
            raise cannot_write(self._target, error) from error
        self._compressed = self._file = None
        return LandedFile(
            self._target,
            self._written_lines,
            self.size_bytes,
            compressed_bytes,
            self._longest_bytes,
            self._long_bytes,
        )

    def abort(self) -> None:
        """Forget what was added since the start. Does nothing after ``commit``."""
        self._piece = None  # whether it could be written does not matter any more
        self._end_thread()
        if self._file is not None:
            with suppress(OSError):  # a full disk takes nothing of what its buffer holds, and the file goes
                self._file.close()
            self._temporary.unlink(missing_ok=True)
        self._compressed = self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()

    def _write(self, head: bytes, name: bytes, raw: bytes) -> None:
        if self._compressed is None:
            self._compressed = self._open()
        if b"\n" in raw or b"\r" in raw:
            raw = raw.replace(b"\n", b" ").replace(b"\r", b" ")
        if not self._lines:
            now = self._now().astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00")
            self._landed_at = f"{now}Z".encode()
        self._lines += (head, self._landed_at, name, raw, b"}\n")  # PARTS_OF_A_LINE
        self._lines_bytes += len(raw)
        self.size_bytes += len(raw)
        if self._lines_bytes >= WRITE_BYTES:
            self._await_piece()
            self._thread = self._thread or ThreadPoolExecutor(1, "saber-landing")
            self._piece = self._thread.submit(self._compress, self._piece_of_lines())

    def _await_piece(self) -> None:
        """The piece before is in the file; raises what stood in its way."""
        if self._piece is not None:
            self._piece.result()
            self._piece = None

    def _end_thread(self) -> None:
        if self._thread is not None:
            self._thread.shutdown()
            self._thread = None

    def _compress(self, parts: list[bytes]) -> None:
        assert self._compressed is not None  # noqa: S101 - its callers see to it
        try:
            self._compressed.write(b"".join(parts))
        except OSError as error:
            raise cannot_write(self._temporary, error) from error

    def _piece_of_lines(self) -> list[bytes]:
        """The parts of the lines that were added since the last piece."""
        parts, self._lines = self._lines, []
        lines = len(parts) // PARTS_OF_A_LINE
        self._written_lines += lines
        self._longest_bytes = max(self._longest_bytes, self._lines_bytes)
        if self._lines_bytes > LONG_LINE_BYTES * lines:
            self._long_bytes += self._lines_bytes
        self._lines_bytes = 0
        return parts

    def _open(self) -> zstandard.ZstdCompressionWriter:
        make_folder(self._target.parent)
        try:
            with private_files(self._target.parent):
                self._file = self._temporary.open("wb")
        except OSError as error:
            raise cannot_write(self._target.parent, error) from error
        compressor = zstandard.ZstdCompressor(level=COMPRESSION_LEVEL, write_checksum=True)
        return compressor.stream_writer(self._file, closefd=False)


@lru_cache(maxsize=1_000)  # of a run's signals nearly all have one of a few
def _envelope_head(
    question_id: str | None, force_refreshed: bool, subject: str | None, mismatch: str | None = None
) -> bytes:
    identity = b"null" if question_id is None else json.dumps(question_id).encode()
    named = b"" if subject is None else b',"subject":' + json.dumps(subject).encode()
    if mismatch is not None:
        named += b',"mismatch":' + json.dumps(mismatch).encode()
    forced = b"true" if force_refreshed else b"false"
    return b'{"question_id":' + identity + named + b',"force_refreshed":' + forced + b',"landed_at":"'
