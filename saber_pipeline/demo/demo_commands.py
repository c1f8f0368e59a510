"""Runs the demo's commands, which a user could type too, and shows only the informative lines of their output."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import IO, TYPE_CHECKING

from saber_pipeline.demo.text_table import indented
from saber_pipeline.demo.workspace import DemoError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from saber_pipeline.demo.workspace import DemoWorkspace

MODULE = "saber_pipeline.definitions"
INTERRUPT_SECONDS = 30

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LOGGED = re.compile(
    r"^\S+ \S+ \S+ - dagster - (?P<level>[A-Z]+) - \S+ - [0-9a-f-]{36} - (?:\d+ - )?(?:(?P<step>\w+) - )?(?P<text>.*)"
)


def materialize(workspace: DemoWorkspace, environment: Mapping[str, str], name: str, *arguments: str) -> None:
    """Run ``dagster asset materialize`` and show what the assets say. DemoError when it fails."""
    typed = [_quoted(argument) for argument in arguments]
    print(
        f"   $ dagster asset materialize -m {MODULE} {' '.join(typed[:2])}",
        *([" ".join(typed[2:])] if typed[2:] else []),
        sep=" \\\n       ",
    )
    log_file = workspace.dagster_home / f"{name}.log"
    command = [sys.executable, "-m", "dagster", "asset", "materialize", "-m", MODULE, *arguments]
    with log_file.open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command with our own arguments
            command,
            cwd=workspace.folder,  # this folder has no .env
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        assert process.stdout is not None  # noqa: S101 - it was asked for; for the type checker
        try:
            _show(process.stdout, log)
        except KeyboardInterrupt:
            _interrupt(process)
            raise
    if process.wait() != 0:
        raise DemoError(
            f"This command failed. Its whole output is in {workspace.display_path(log_file)}; purchases are kept, so "
            "run `make demo` again."
        )


def _show(output: IO[str], log: IO[str]) -> None:
    is_told = False
    for line in output:
        plain = _COLOUR.sub("", line)
        log.write(plain)
        logged = _LOGGED.match(plain)
        if logged:
            is_told = logged["level"] in {"WARNING", "ERROR", "CRITICAL"} or (
                logged["level"] == "INFO" and logged["step"] is not None
            )
            text = logged["text"]
        else:
            text = plain.rstrip()  # a message of several lines goes on
            is_told = is_told and text.startswith(" ") and not text.lstrip().startswith("File ")
        if is_told:
            print(indented(text.strip()))


def _interrupt(process: subprocess.Popen[str]) -> None:
    """End the command, unless Ctrl-C has ended it. Either way the command ends its own work first."""
    process.terminate()
    try:
        process.communicate(timeout=INTERRUPT_SECONDS)  # not wait(): the process may print more than a pipe holds
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _quoted(argument: str) -> str:
    return f"'{argument}'" if ":" in argument else argument
