"""Finds the holders of a locked file: their processes, from the kernel's list of locks, and their runs."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

LOCKS = Path("/proc/locks")
SAID_AFTER_SECONDS = 1.5
"""A wait is reported after this time; loading a page of answers takes less."""

SHOWN_CHARACTERS = 60  # of a command line

_runs: set[str] = set()


@contextmanager
def running(run_id: str) -> Iterator[None]:
    """Within the block, processes that wait for this one see that it does the work of ``run_id``."""
    _runs.add(run_id)
    try:
        yield
    finally:
        _runs.discard(run_id)


def write_holder(descriptor: int) -> None:
    """Write this process and its runs into a held lock file; on a full disk the file stays empty."""
    name = " ".join([str(os.getpid()), *sorted(_runs)])
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, name.encode(), 0)
    except OSError:
        return


def read_holder(lock_file: Path) -> str:
    """The holder written by ``write_holder``, such as "run … in process 123"; "another process" if unknown."""
    try:
        process_id, *runs = lock_file.read_text(encoding="utf-8", errors="replace").split()
    except (OSError, ValueError):
        return describe_processes(processes_holding(lock_file))
    holders = processes_holding(lock_file)
    if holders and process_id not in map(str, holders):
        return describe_processes(holders)  # a holder that only reads does not write itself into the file
    return (
        f"{'run' if len(runs) == 1 else 'runs'} {', '.join(runs)} in process {process_id}"
        if runs
        else (_process(int(process_id)) if process_id.isdecimal() else "another process")
    )


def processes_holding(*files: Path) -> list[int]:
    """Ids of other processes with a lock on one of the files; empty if the system does not report locks."""
    try:
        lines = LOCKS.read_text(encoding="ascii", errors="replace").splitlines()
        wanted = {(found.st_dev, found.st_ino) for found in map(_stat, files) if found is not None}
    except OSError:
        return []
    holders = {_holder(line) for line in lines}
    return sorted({pid for pid, *file in holders if tuple(file) in wanted and pid not in (os.getpid(), -1, 0)})


def describe_processes(process_ids: list[int]) -> str:
    """Processes with their commands: "process 123 (sqlite3 ledger.sqlite)"."""
    return ", ".join(map(_process, process_ids)) if process_ids else "another process"


@contextmanager
def when_slow(notify: Callable[[], None]) -> Iterator[None]:
    """Call ``notify`` once, from a thread, if the block takes longer than ``SAID_AFTER_SECONDS``."""
    timer = threading.Timer(SAID_AFTER_SECONDS, notify)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _stat(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:
        return None


def _holder(line: str) -> tuple[int, int, int]:
    """Process, device and inode of a line such as ``1: POSIX ADVISORY WRITE 123 fe:01:4711 0 EOF``."""
    words = line.split()
    try:
        if "->" in words:  # a waiting process
            return (-1, -1, -1)
        major, minor, inode = words[5].split(":")
        return int(words[4]), os.makedev(int(major, 16), int(minor, 16)), int(inode)
    except (IndexError, ValueError):
        return (-1, -1, -1)


def _process(process_id: int) -> str:
    try:
        words = Path(f"/proc/{process_id}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return f"process {process_id}"
    command = "".join(c if c.isprintable() else " " for c in b" ".join(words).decode(errors="replace"))
    short = " ".join(command.split())
    if not short:
        return f"process {process_id}"
    return f"process {process_id} ({short[:SHOWN_CHARACTERS]}{'…' if len(short) > SHOWN_CHARACTERS else ''})"
