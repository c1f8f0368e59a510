"""Dagster's own daemon, running a project folder's sensors, as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dagster as dg

from saber_pipeline_tests.command_line.project import BIN, Project

PATIENCE_SECONDS = 240.0
LOOK_EVERY_SECONDS = 0.25


def until(is_so: Callable[[], bool], what: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for another process, and say what did not happen if it does not."""
    give_up = time.monotonic() + patience_seconds
    while not is_so():
        assert time.monotonic() < give_up, f"{what}: not within {patience_seconds:g} s"
        time.sleep(LOOK_EVERY_SECONDS)


def switch_on(project: Project, sensor: str) -> None:
    """As the documentation says."""
    home = {"DAGSTER_HOME": str(project.folder)}  # this command finds no instance without it
    ended = project.run("dagster", "sensor", "start", sensor, "-w", "workspace.yaml", **home)
    assert ended.exit_code == 0, ended.printed


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a group of its own; all of the group by force where it does not obey."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def daemon(project: Project) -> Iterator[dg.DagsterInstance]:
    """The daemon, for as long as the block runs, and its instance. The folder must be the current one."""
    with (project.folder / "daemon.log").open("wb") as log:
        process = subprocess.Popen(
            [str(BIN / "dagster-daemon"), "run", "-w", "workspace.yaml"],
            cwd=project.folder,
            env=project.variables(DAGSTER_HOME=str(project.folder)),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            with dg.DagsterInstance.from_config(str(project.folder)) as instance:
                yield instance
        finally:
            end(process)


def skips(instance: dg.DagsterInstance, sensor: str) -> list[str]:
    """Why the sensor started nothing, tick by tick."""
    found = []
    for state in instance.all_instigator_state():
        if state.instigator_name == sensor:
            ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id)
            found += [tick.skip_reason for tick in ticks if tick.skip_reason]
    return found


def the_one_run(instance: dg.DagsterInstance, **tags: str) -> dg.DagsterRun:
    """The one run with these tags, once it has ended."""
    filters = dg.RunsFilter(tags=tags)
    until(lambda: any(run.is_finished for run in instance.get_runs(filters)), f"a run with {tags} that ends")
    (run,) = instance.get_runs(filters)
    return run
