"""The pipeline's files are private to their owner, unless somebody opens a folder to others.

Folders are made for the owner alone. A file is never open to more people than its folder is: opening a folder
(``chmod 2750 data/versions``) opens what will be written there, and a data directory of older versions, whose
folders are open, stays as it is until ``doctor``'s advice is followed.
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
"""The bits of a mode that are about anybody but the owner."""

_READ_BY_OTHERS = 0o044


def make_private_folder(folder: Path) -> None:
    """Create ``folder`` and the parents that are missing, for the owner alone. OSError where that cannot be done."""
    missing = [folder]
    while not missing[-1].parent.exists():
        missing.append(missing[-1].parent)
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


@contextmanager
def private_files(folder: Path) -> Iterator[None]:
    """What is created inside the block is open to nobody to whom ``folder`` is not, as far as it exists.

    Libraries that make files (SQLite, DuckDB, Arrow) ask nobody for a mode, so this is the process's umask. It is
    common to all threads: while several blocks overlap, the strictest counts for all.
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
    """Gives a name to write ``file`` under: it takes the place of ``file`` after the block, and goes after an error.

    So ``file`` is there whole or not at all. OSError where that cannot be done.
    """
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        with private_files(file.parent):
            yield unfinished
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def replace_private(file: Path, content: bytes) -> None:
    """Put a small file there, or in place of the one that is there, in one step. OSError where that cannot be done."""
    with whole_file(file) as unfinished:
        unfinished.write_bytes(content)


def open_like_its_folder(file: Path) -> None:
    """Let those read ``file`` to whom its folder is open, and whom the user's own umask does not keep out."""
    readers = file.parent.stat().st_mode & _READ_BY_OTHERS
    file.chmod((0o600 | readers) & ~_umask.of_the_user())


class _Umask:
    """The process's umask, stricter while at least one block is entered."""

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
