"""Copying one big file: sharing its blocks where the file system can, else by an older copy or inside the kernel."""

from __future__ import annotations

import fcntl
import os
import shutil
from typing import TYPE_CHECKING

from saber_pipeline.config.private_files import make_durable
from saber_pipeline.warehouse.file_renewal import renew

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.warehouse.write_journal import Ranges

FICLONE = 0x40049409  # linux/fs.h: make the target share the source's blocks (btrfs, XFS)


def copy_file(source: Path, target: Path, *, spare: Path | None = None, written: Ranges | None = None) -> None:
    """Make ``target`` a synced copy of ``source``. OSError when that fails; the target may then be partial.

    ``spare`` is an older copy that nobody needs any more, though somebody may still have it open. If it can be used, it
    becomes the target, and only the differences are written: next to nothing for a file that hardly changed.
    ``written``: the parts in which it can differ, if they are known; else the whole file is compared.
    """
    with source.open("rb") as reading, target.open("wb") as writing:
        if _shared_blocks(reading.fileno(), writing.fileno()):
            os.fsync(writing.fileno())
            return
    if spare is not None:
        spare.rename(target)  # first of all: a file that is changed in place must not be a version meanwhile
        if renew(target, source, written) is not None:
            return
        target.unlink()  # whoever has it open keeps it
    shutil.copyfile(source, target)  # inside the kernel
    make_durable(target)


def _shared_blocks(reading: int, writing: int) -> bool:
    try:
        fcntl.ioctl(writing, FICLONE, reading)
    except OSError:
        return False
    return True


def log_of(file: Path) -> Path:
    """Where DuckDB keeps what it has not yet written into the database ``file``."""
    return file.with_name(f"{file.name}.wal")


def remove_database(file: Path) -> None:
    """Remove the database ``file`` and its log, if they are there."""
    file.unlink(missing_ok=True)
    log_of(file).unlink(missing_ok=True)
