"""Makes an older copy of a big file equal to it by writing only the differences, if nobody has that copy open.

The differences are known from what DuckDB wrote (``write_journal.py``), and checked by comparing a few parts. If they
are not known, the bytes of both files are compared. DuckDB's own checksums of its blocks do not show them: they add up
eight bytes at a time in any order, so a block whose parts have changed places keeps its checksum. Columns that share a
block may change places at a checkpoint.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import signal
from typing import TYPE_CHECKING

from saber_pipeline.warehouse.write_journal import merged

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.warehouse.write_journal import Ranges

logger = logging.getLogger(__name__)

COMPARED_BYTES = 1 << 20
WRITTEN_BYTES = 1 << 16
TRIED_EVERY = 128
"""One of so many parts of WRITTEN_BYTES is compared although nothing was written there."""


def renew(copy: Path, source: Path, written: Ranges | None = None) -> int | None:
    """Make ``copy`` equal to ``source`` and durable; returns the bytes written, or None if nothing may be written.

    Nothing may be written if anybody has ``copy`` open, this process included, if the file has a second name, or if the
    system does not tell: a reader would see the file change. Call this with a name that nobody else knows, because an
    opening after the check goes unnoticed. ``written``: all parts in which the two can differ, besides the part by
    which one is longer. OSError when reading or writing fails; the copy may then hold anything.
    """
    try:
        writing = os.open(copy, os.O_RDWR | os.O_CLOEXEC)
    except PermissionError:  # another user's
        return None
    try:
        if os.fstat(writing).st_nlink != 1 or not _is_open_once(writing):
            return None
        reading = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
        try:
            before, size = os.fstat(writing).st_size, os.fstat(reading).st_size
            os.ftruncate(writing, size)  # what is added reads as zeros, and so differs where it has to
            written_bytes = 0
            parts = [(0, size)]
            if written is not None:
                known = merged((start, min(end, size)) for start, end in [*written, (before, size)] if start < size)
                written_bytes = sum(_copy(reading, writing, start, end) for start, end in known)
                parts = _some_parts(size)
            found = sum(_write_what_differs(reading, writing, start, end) for start, end in parts)
            if written is not None and found:
                logger.warning("DuckDB did not report all its writes to %s, so the whole file is compared.", source)
                found += _write_what_differs(reading, writing, 0, size)
        finally:
            os.close(reading)
        os.fsync(writing)
        return written_bytes + found
    finally:
        os.close(writing)


def _is_open_once(descriptor: int) -> bool:
    """Whether this descriptor is the only one of its file on this machine; False if the system does not tell.

    The kernel grants a lease for writing only to a sole opener. It counts every other one, whether it locks the file as
    DuckDB does or only reads as a backup does, and mappings into memory. Only Linux has such leases, and only for the
    user's own files.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        # If somebody opens the file while the lease is held, the kernel sends a signal, whose default ends the process.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError:
        return False
    return True


def _some_parts(size: int) -> Ranges:
    """The parts that are compared although nothing was written there: others each time."""
    first = secrets.randbelow(TRIED_EVERY) * WRITTEN_BYTES
    return [(start, min(start + WRITTEN_BYTES, size)) for start in range(first, size, TRIED_EVERY * WRITTEN_BYTES)]


def _copy(reading: int, writing: int, first: int, end: int) -> int:
    block = memoryview(bytearray(min(COMPARED_BYTES, end - first)))
    for offset in range(first, end, COMPARED_BYTES):
        part = block[: min(COMPARED_BYTES, end - offset)]
        _read(reading, part, offset)
        _write(writing, part, offset)
    return end - first


def _write_what_differs(reading: int, writing: int, first: int, size: int) -> int:
    most = min(COMPARED_BYTES, size - first)
    wanted, found = memoryview(bytearray(most)), memoryview(bytearray(most))
    written = 0
    for offset in range(first, size, COMPARED_BYTES):
        length = min(COMPARED_BYTES, size - offset)
        _read(reading, wanted[:length], offset)
        _read(writing, found[:length], offset)
        if wanted.obj == found.obj:  # whole pieces; the last one, which may be shorter, may take the longer way
            continue
        for start in range(0, length, WRITTEN_BYTES):
            part = slice(start, min(start + WRITTEN_BYTES, length))
            if bytes(wanted[part]) != bytes(found[part]):
                _write(writing, wanted[part], offset + start)
                written += part.stop - part.start
    return written


def _read(descriptor: int, into: memoryview, offset: int) -> None:
    done = 0
    while done < len(into):
        got = os.preadv(descriptor, [into[done:]], offset + done)
        if got == 0:
            raise OSError(0, "the file became shorter while it was read")
        done += got


def _write(descriptor: int, what: memoryview, offset: int) -> None:
    done = 0
    while done < len(what):
        done += os.pwrite(descriptor, what[done:], offset + done)
