"""An older copy of a big file is made equal to it by writing only what differs, if nobody has that copy open.

What differs is found by comparing the bytes of both. DuckDB's own checksums of its blocks would be quicker, and cannot
tell: they take eight bytes at a time in any order, so a block whose parts have changed places, as columns that share a
block may at a checkpoint, keeps the checksum that it had.
"""

from __future__ import annotations

import fcntl
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

COMPARED_BYTES = 1 << 20
WRITTEN_BYTES = 1 << 16


def renew(copy: Path, source: Path) -> int | None:
    """Make ``copy`` equal to ``source`` and durable; returns the bytes written, or None where that must not be done.

    It must not where somebody has ``copy`` open, be it this process, where it has another name as well, or where the
    system does not tell: somebody would see it change. Nothing was written then. Call it with a name that nobody else
    knows, since whoever opens it after the look goes unnoticed. OSError when reading or writing fails; the copy may
    then hold anything.
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
            written = _write_what_differs(reading, writing)
        finally:
            os.close(reading)
        os.fsync(writing)
        return written
    finally:
        os.close(writing)


def _is_open_once(descriptor: int) -> bool:
    """Whether this descriptor is the only one of its file on this machine; False where that cannot be told.

    The kernel gives a lease for writing only then. It counts every opener, whether they lock the file as DuckDB does or
    read it as a backup does, and what is mapped into memory. Linux alone has it, and only for one's own files.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        # Who opens the file while the lease is held makes the kernel send a signal, which by default would end us.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError:
        return False
    return True


def _write_what_differs(reading: int, writing: int) -> int:
    size = os.fstat(reading).st_size
    os.ftruncate(writing, size)  # what is added reads as zeros, and so differs where it has to
    wanted, found = memoryview(bytearray(COMPARED_BYTES)), memoryview(bytearray(COMPARED_BYTES))
    written = 0
    for offset in range(0, size, COMPARED_BYTES):
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
