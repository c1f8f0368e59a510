"""A folder that all processes of one run of the tests share: what one of them makes there, the others find.

The process that starts the others makes the folder, names it to them in their environment, and removes it at its end.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = "TESTS_SHARED_FOLDER"
END_OF_ALL = "end-of-all"
"""A pipe in the folder that ends when the process that made the folder does."""


def begin() -> None:
    """Make the folder, unless a process that started this one has."""
    if VARIABLE in os.environ:
        return
    folder = Path(tempfile.mkdtemp(prefix="shared-"))
    os.environ[VARIABLE] = str(folder)
    os.mkfifo(folder / END_OF_ALL)
    os.open(folder / END_OF_ALL, os.O_RDWR)  # held open until this process has ended, however it does
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def shared_folder() -> Path:
    """The folder."""
    begin()
    return Path(os.environ[VARIABLE])


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """For one process at once."""
    with (shared_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """A folder that ``make`` has filled, in the first process that asked. Nobody changes it: copy it."""
    folder = shared_folder() / name
    with one_at_a_time(name):
        if not folder.exists():
            new = folder.with_name(f"{name}.new")
            shutil.rmtree(new, ignore_errors=True)  # of an attempt that failed
            new.mkdir()
            make(new)
            new.rename(folder)
    return folder
