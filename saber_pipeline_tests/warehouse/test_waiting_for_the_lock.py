"""Who waits for the warehouse is told for whom."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from saber_pipeline.lock_holders import describe_processes, processes_holding, read_holder, running, write_holder

HOLD = """
import fcntl, os, sys
from saber_pipeline.lock_holders import running, write_holder
held = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(held, fcntl.LOCK_EX)
if sys.argv[2]:
    with running(sys.argv[2]):
        write_holder(held)
print("held", flush=True)
sys.stdin.read()
"""


def held_by(file: Path, run_id: str) -> tuple[int, str]:
    """The id of a process that held the lock file, and what was said of it meanwhile."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file), run_id], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        said = read_holder(file)
        if processes_holding(file):  # where the machine tells
            assert processes_holding(file) == [holder.pid]
        holder.communicate(timeout=240)
        return holder.pid, said


def test_a_run_that_loads_is_named(tmp_path: Path) -> None:
    """The lock file says which run holds it, in which process."""
    pid, said = held_by(tmp_path / "lock", "4711")
    assert said == f"run 4711 in process {pid}"


def test_one_that_leaves_no_name_is_not_taken_for_the_last(tmp_path: Path) -> None:
    """A process that only reads writes nothing; the name of an earlier holder is not told in its place."""
    file = tmp_path / "lock"
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT)
    with running("earlier"):
        write_holder(descriptor)
    os.close(descriptor)
    pid, said = held_by(file, "")
    assert "earlier" not in said or not Path("/proc/locks").exists()
    assert f"process {pid}" in said or not Path("/proc/locks").exists()
    assert describe_processes([]) == "another process"
