"""Commands as processes that need not import anything first; see ``warm_server``.

``subprocess`` starts a command as a user does, from nothing; one test of each command does that. This is for the rest.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from saber_pipeline_tests.testbed import prepared
from saber_pipeline_tests.testbed.made_once import END_OF_ALL, made_once, shared_folder
from saber_pipeline_tests.testbed.warm_server import LENGTH_BYTES

ROOT = Path(__file__).parents[2]
PACKAGES = ("saber_pipeline",)
SHELL_COMMAND = Path(__file__).with_name("warm_command.py")
START_SECONDS = 120.0
PATIENCE_SECONDS = 180.0
IS_POSSIBLE = sys.platform == "linux"  # libraries of macOS do not bear to be forked


@dataclass
class Process:
    """A command that is running, or has ended. It leads a session and a group of its own."""

    pid: int
    _connection: socket.socket
    stdout: IO[str] | None = None
    returncode: int | None = None

    def poll(self) -> int | None:
        """How it ended, minus the signal's number where one ended it; None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; ``subprocess.TimeoutExpired`` after ``timeout`` seconds."""
        if self.returncode is None:
            self._connection.settimeout(timeout)
            try:
                self.returncode = int.from_bytes(_receive(self._connection), signed=True)
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0) from None
            self._connection.close()
        return self.returncode

    def communicate(self, timeout: float = PATIENCE_SECONDS) -> tuple[str, None]:
        """All that is left of what it prints, errors too, until its end. After ``timeout`` seconds it is killed."""
        assert self.stdout is not None
        ending = threading.Timer(timeout, os.killpg, (self.pid, signal.SIGKILL))
        ending.start()
        try:
            printed = self.stdout.read()
            self.wait()
        finally:
            ending.cancel()
        self.stdout.close()
        return printed, None

    def send_signal(self, number: int) -> None:
        """Signal the command alone."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it without warning."""
        self.send_signal(signal.SIGKILL)


def start(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], output: IO[bytes] | None = None
) -> Process:
    """Start ``dagster …``, ``saber-pipeline …``, ``python -m …`` or ``python -c …`` in a folder.

    What it prints goes to ``output``, errors too; where that is None, into a pipe that the process has as ``stdout``.
    """
    with ExitStack() as stack:
        nothing = stack.enter_context(open(os.devnull, "rb"))  # noqa: PTH123 - no file of ours
        stdout = None
        if output is None:
            ours, theirs = os.pipe()
            output = stack.enter_context(os.fdopen(theirs, "wb"))
            stdout = os.fdopen(ours, encoding="utf-8")
        connection, pid = ask(arguments, folder, environment, [nothing.fileno(), output.fileno(), output.fileno()])
    return Process(pid, connection, stdout)


def commands() -> Path:
    """A folder for PATH, whose commands are started by the server."""
    return made_once("bin", _make_commands)


def _make_commands(folder: Path) -> None:
    text = SHELL_COMMAND.read_text(encoding="utf-8").replace("@address@", str(address()))
    for name in ("dagster", "saber-pipeline"):
        (folder / name).write_text(f"#!{sys.executable} -IS\n{text}", encoding="utf-8")
        (folder / name).chmod(0o755)


def ask(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], streams: Sequence[int]
) -> tuple[socket.socket, int]:
    """Have the server start a command with these three streams; the connection that tells its end, and its pid."""
    body = json.dumps({"arguments": list(arguments), "folder": str(folder), "environment": dict(environment)}).encode()
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(address()))
    socket.send_fds(connection, [len(body).to_bytes(LENGTH_BYTES)], streams)
    connection.sendall(body)
    return connection, int.from_bytes(_receive(connection))


def _receive(connection: socket.socket) -> bytes:
    number = connection.recv(LENGTH_BYTES)
    assert len(number) == LENGTH_BYTES, "the process that forks commands has ended"
    return number


@functools.cache
def address() -> Path:
    """The socket of the server, which is one for all processes of the tests and ends with them."""
    start_server()
    path = shared_folder() / "warm" / "socket"
    give_up = time.monotonic() + START_SECONDS
    while not path.exists():
        assert all(server.poll() is None for server in _started), "the process that forks commands did not begin"
        assert time.monotonic() < give_up, f"the process that forks commands needs more than {START_SECONDS:g} s"
        time.sleep(0.02)
    return path


def start_server() -> None:
    """Start it, unless another process has; ``address`` waits for it."""
    made_once("warm", _start_server)


def _start_server(_folder: Path) -> None:
    quiet = {"PYTHONWARNINGS": "ignore", "OPENBLAS_NUM_THREADS": "1"}
    path, made = shared_folder() / "warm" / "socket", prepared.new_warehouse()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SABER_", "DAGSTER_"))}
    with (shared_folder() / END_OF_ALL).open("rb", buffering=0) as end_of_all:
        server = subprocess.Popen(
            [sys.executable, "-m", "saber_pipeline_tests.testbed.warm_server", str(path), str(made), *PACKAGES],
            cwd=ROOT,
            env=kept | quiet,
            stdin=end_of_all,
            start_new_session=True,
        )
    _started.append(server)  # kept: it outlives this process


_started: list[subprocess.Popen[bytes]] = []
