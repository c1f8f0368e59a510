"""The demo's sandbox, a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from saber_pipeline.demo.workspace import HOST, DemoError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saber_pipeline.demo.workspace import DemoWorkspace

START_SECONDS = 60
STOP_SECONDS = 10


@dataclass(frozen=True)
class SandboxProcess:
    """A sandbox that answers."""

    base_url: str

    def books(self) -> dict[str, int]:
        """The number of signals made so far, and their credits."""
        reply = httpx.get(f"{self.base_url}/_sandbox/books", params={"pairs": "false"}, trust_env=False, timeout=30)
        books: dict[str, int] = reply.raise_for_status().json()
        return books


@contextmanager
def running_sandbox(workspace: DemoWorkspace) -> Iterator[SandboxProcess]:
    """Run the sandbox until the block ends. DemoError when it does not start."""
    port = workspace.port()
    ready_file = workspace.folder / "sandbox.ready"
    ready_file.unlink(missing_ok=True)
    command = [str(Path(sys.executable).with_name("saber-pipeline")), "sandbox", "--port", str(port)]
    command += ["--state", str(workspace.sandbox_state), "--ready-file", str(ready_file)]
    with (workspace.folder / "sandbox.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command with our own paths
            command,
            cwd=workspace.folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C must end the run first, which may still send requests
        )
    try:
        workspace.sandbox_pid_file.write_text(f"{process.pid}\n")
        _wait_until_ready(process, workspace)
        yield SandboxProcess(f"http://{HOST}:{port}")
    finally:
        stop_process(process)
        workspace.sandbox_pid_file.unlink(missing_ok=True)


def _wait_until_ready(process: subprocess.Popen[bytes], workspace: DemoWorkspace) -> None:
    give_up = time.monotonic() + START_SECONDS
    while not (workspace.folder / "sandbox.ready").exists():
        if process.poll() is not None or time.monotonic() > give_up:
            said = (workspace.folder / "sandbox.log").read_text(errors="replace").strip()
            raise DemoError(f"The demo's sandbox did not start. It said: {said or 'nothing'}")
        time.sleep(0.05)


def stop_process(process: subprocess.Popen[bytes], seconds: float = STOP_SECONDS) -> None:
    """Ask it to end, and end it after ``seconds``."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
