"""Commands of ``saber-pipeline`` as somebody types them: in this process, as a process, and on a terminal."""

from __future__ import annotations

import gc
import json
import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from click.testing import CliRunner

from saber_pipeline.cli import main
from saber_pipeline_tests.command_line.project import BIN, Project
from saber_pipeline_tests.testbed import warm
from saber_pipeline_tests.testbed.processes import Run

PATIENCE_SECONDS = 240
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Typed:
    """A command that has ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """What it printed with ``--json``."""
        return json.loads(self.stdout)


def saber_pipeline(*arguments: str) -> Typed:
    """Run a command in this process, in the current folder and environment; stdout is no terminal."""
    try:
        result = CliRunner().invoke(main, list(arguments), prog_name="saber-pipeline")
    finally:
        gc.enable()  # a command that looks turns it off, for a process of its own
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Typed(result.exit_code, result.stdout, result.stderr)


def start(project: Project, *arguments: str) -> Run:
    """Start a command as a process of its own session, so that a signal reaches it alone."""
    command, environment = [str(BIN / "saber-pipeline"), *arguments], project.variables(PYTHONUNBUFFERED="1")
    if project.is_warm:
        return warm.start(command, project.folder, environment)
    return subprocess.Popen(
        command,
        cwd=project.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def on_a_terminal(
    project: Project, *arguments: str, when: Mapping[str, str | Callable[[], None]] | None = None, columns: int = 120
) -> tuple[int, str]:
    """Run a command on a terminal; its exit code and the text of the screen.

    ``when`` a text comes into sight, what stands there is typed or done, once.
    """
    ours, theirs = pty.openpty()
    command = [str(BIN / "saber-pipeline"), *arguments]
    environment = project.variables(COLUMNS=str(columns), TERM="xterm")
    process: subprocess.Popen[bytes] | warm.Process
    if project.is_warm:
        connection, pid = warm.ask(command, project.folder, environment, [theirs] * 3)
        process = warm.Process(pid, connection)
    else:
        process = subprocess.Popen(
            command,
            cwd=project.folder,
            env=environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
    os.close(theirs)
    waiting = dict(when or {})
    screen = ""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        if not select.select([ours], [], [], 1.0)[0]:
            continue
        try:
            screen += ESCAPES.sub("", os.read(ours, 65536).decode(errors="replace"))
        except OSError:  # how Linux says that the other end is closed
            break
        for text in [text for text in waiting if text in screen]:
            answer = waiting.pop(text)
            if isinstance(answer, str):
                os.write(ours, answer.encode())
            else:
                answer()
    os.close(ours)
    return process.wait(timeout=PATIENCE_SECONDS), screen
