"""Runs in processes of their own, beside the test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from saber_pipeline_tests.testbed import warm
from saber_pipeline_tests.testbed.world import World

STOP_SECONDS = 240.0
Run = subprocess.Popen[str] | warm.Process


def start_process(module: str, world: World, **given: Any) -> Run:
    """Start ``run_in_a_process`` or ``research_in_a_process`` on the world's sandbox and data; see ``end_of``."""
    arguments = {
        "base_url": world.sandbox.base_url,
        "data_dir": str(world.data_dir),
        "seconds": world.clock.seconds,
        "ledger_url": world.ledger_address.reveal() if world.ledger_address else None,
        "store_url": world.store_address.reveal() if world.store_address else None,
        "store_options": world.store_address.options if world.store_address else {},
    } | given
    command = [sys.executable, "-m", f"saber_pipeline_tests.testbed.{module}", json.dumps(arguments)]
    if warm.IS_POSSIBLE:
        return warm.start(command, Path.cwd(), os.environ)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def end_of(run: Run, timeout: float = STOP_SECONDS) -> tuple[int, str]:
    """How it ended, and all it printed, errors too."""
    printed, _ = run.communicate(timeout=timeout)
    assert run.returncode is not None
    return run.returncode, printed


def wait_until_suspended(run: Run) -> None:
    """Wait until a signal has stopped it."""
    if isinstance(run, subprocess.Popen):
        _, status = os.waitpid(run.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), run.communicate()
        return
    give_up = time.monotonic() + STOP_SECONDS
    while Path(f"/proc/{run.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert run.poll() is None, run.communicate()
        assert time.monotonic() < give_up, f"not suspended within {STOP_SECONDS:g} s"
        time.sleep(0.01)


def wait_until_killed(runs: Sequence[Run], timeout: float) -> None:
    """Wait until one of them has died by SIGKILL."""
    give_up = time.monotonic() + timeout
    while not any(run.poll() == -signal.SIGKILL for run in runs):
        assert any(run.poll() is None for run in runs), [run.communicate() for run in runs]
        assert time.monotonic() < give_up, f"none was killed within {timeout:g} s"
        time.sleep(0.02)
