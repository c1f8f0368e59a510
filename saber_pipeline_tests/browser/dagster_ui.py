"""Dagster's web pages and daemon over a project folder, as ``make dev`` serves them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from saber_pipeline_tests.command_line.daemon import until
from saber_pipeline_tests.command_line.project import BIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saber_pipeline_tests.command_line.project import Project

PATIENCE_TO_END_SECONDS = 15


@contextmanager
def serving(project: Project) -> Iterator[str]:
    """The address of the pages, for as long as the block runs."""
    address = f"http://127.0.0.1:{free_port()}"
    with (project.folder / "dagster_dev.log").open("wb") as log:
        process = subprocess.Popen(
            [str(BIN / "dagster"), "dev", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", address.rpartition(":")[2]],
            cwd=project.folder,
            env=project.variables(DAGSTER_HOME=str(project.folder), DAGSTER_DISABLE_TELEMETRY="1"),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            until(lambda: answers_at(f"{address}/server_info"), "Dagster's web server answers")
            yield address
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(PATIENCE_TO_END_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def answers_at(address: str) -> bool:
    """Whether a server there says something."""
    try:
        return httpx.get(address, trust_env=False).is_success
    except httpx.TransportError:
        return False


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
