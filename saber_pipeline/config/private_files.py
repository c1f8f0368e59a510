"""Keeps the pipeline's files private to their owner, unless somebody opens a folder to others.

New folders are for the owner alone. A file is never open to more people than its folder. So opening a folder
(``chmod 2750 data/versions``) opens the files that are written there later. The open folders of a data directory from
older versions stay open until somebody follows the advice of ``doctor``.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OTHERS = 0o077
"""The bits of a mode for everybody but the owner."""

_READ_BY_OTHERS = 0o044


def make_private_folder(folder: Path) -> None:
    """Create ``folder`` and its missing parents, for the owner alone. OSError if that cannot be done."""
    missing = [folder]
    while not missing[-1].parent.exists():
        missing.append(missing[-1].parent)
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


@contextmanager
def private_files(folder: Path) -> Iterator[None]:
    """Files that are created inside the block are open to nobody to whom ``folder`` is closed.

    Libraries that create files (SQLite, DuckDB, Arrow) take no mode, so the block sets the process's umask. All threads
    share the umask: while several blocks overlap, the strictest one counts for all.
    """
    try:
        closed_to = OTHERS & ~folder.stat().st_mode
    except OSError:
        closed_to = OTHERS
    _umask.enter(closed_to)
    try:
        yield
    finally:
        _umask.leave()


@contextmanager
def whole_file(file: Path) -> Iterator[Path]:
    """Give a temporary path to write. After the block it replaces ``file``; after an error it is removed.

    So ``file`` is written whole or not at all. OSError if that cannot be done.
    """
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        with private_files(file.parent):
            yield unfinished
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def replace_private(file: Path, content: bytes) -> None:
    """Write a small file, or replace it, in one step. OSError if that cannot be done."""
    with whole_file(file) as unfinished:
        unfinished.write_bytes(content)


def make_durable(path: Path) -> None:
    """Wait until the disk has the content of a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_like_its_folder(file: Path) -> None:
    """Open ``file`` to the readers of its folder, except those whom the user's own umask keeps out."""
    readers = file.parent.stat().st_mode & _READ_BY_OTHERS
    file.chmod((0o600 | readers) & ~_umask.of_the_user())


class _Umask:
    """The process's umask, which is stricter while at least one block is entered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entered = 0
        self._before = 0

    def enter(self, closed_to: int) -> None:
        with self._lock:
            now = os.umask(OTHERS)
            os.umask(now | closed_to)
            if not self._entered:
                self._before = now
            self._entered += 1

    def leave(self) -> None:
        with self._lock:
            self._entered -= 1
            if not self._entered:
                os.umask(self._before)

    def of_the_user(self) -> int:
        """The umask before all blocks."""
        with self._lock:
            if self._entered:
                return self._before
            now = os.umask(OTHERS)
            os.umask(now)
            return now


_umask = _Umask()
