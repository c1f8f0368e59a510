"""What a command costs: seconds by the clock, seconds of CPU, and the most memory its processes had together."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Cost:
    """``peak_megabytes`` is the proportional set size (PSS), summed over the command and everything it started."""

    seconds: float
    cpu_seconds: float
    peak_megabytes: float


class CommandFailedError(Exception):
    """A measured command did not end with 0."""


def measure(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], log: Path, is_ok: Sequence[int] = (0,)
) -> Cost:
    """Run ``command`` to its end; its output goes to ``log``. Raises CommandFailedError where it ends otherwise."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the benchmark's own commands
            command, cwd=cwd, env={**os.environ, **environment}, stdout=output, stderr=subprocess.STDOUT
        )
        watch = _Watch(process.pid)
        watch.start()
        try:
            status = process.wait()
        except BaseException:  # who measures is ended
            process.kill()
            process.wait()
            raise
    seconds = time.perf_counter() - began
    watch.stop()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if status not in is_ok:
        raise CommandFailedError(f"{' '.join(command)} ended with {status}:\n{log.read_text('utf-8')[-3000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(seconds, cpu, watch.peak_kilobytes / 1000)


class _Watch(threading.Thread):
    """Samples ``/proc/<pid>/smaps_rollup`` of a process and its descendants."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.peak_kilobytes = 0.0
        self._root = root
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(SAMPLE_SECONDS):
            total = sum(_pss_kilobytes(pid) for pid in _family(self._root))
            self.peak_kilobytes = max(self.peak_kilobytes, total)

    def stop(self) -> None:
        self._stopped.set()
        self.join()


def _family(root: int) -> Iterator[int]:
    yield root
    try:
        tasks = list(Path(f"/proc/{root}/task").glob("*/children"))
    except OSError:  # it has ended
        return
    for task in tasks:
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from _family(int(child))


def _pss_kilobytes(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return float(line.split()[1]) * 1.024
    except OSError:
        pass
    return 0.0
