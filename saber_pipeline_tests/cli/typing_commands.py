"""Commands of ``saber-pipeline`` as somebody types them: in this process, as a process, and on a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import time
from dataclasses import dataclass
from typing import Any

from click.testing import CliRunner

from saber_pipeline.cli import main
from saber_pipeline_tests.command_line.project import BIN, Project

PATIENCE_SECONDS = 120
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
    result = CliRunner().invoke(main, list(arguments), prog_name="saber-pipeline")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Typed(result.exit_code, result.stdout, result.stderr)


def start(project: Project, *arguments: str) -> subprocess.Popen[str]:
    """Start a command as a process of its own session, so that a signal reaches it alone."""
    return subprocess.Popen(
        [str(BIN / "saber-pipeline"), *arguments],
        cwd=project.folder,
        env=project.variables(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def on_a_terminal(project: Project, answer: str, *arguments: str, columns: int = 120) -> tuple[int, str]:
    """Run a command on a terminal, typing ``answer`` at its first question; exit code and the screen's text."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(BIN / "saber-pipeline"), *arguments],
        cwd=project.folder,
        env=project.variables(COLUMNS=str(columns), TERM="xterm"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    screen, is_answered = b"", False
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        if not select.select([ours], [], [], 1.0)[0]:
            continue
        try:
            screen += os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if b"[y/N]" in screen and not is_answered:
            os.write(ours, answer.encode())
            is_answered = True
    os.close(ours)
    return process.wait(timeout=PATIENCE_SECONDS), ESCAPES.sub("", screen.decode(errors="replace"))
