"""The progress of a run: a live line on a terminal, log lines elsewhere."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from saber_pipeline.cli.sentences import say
from saber_pipeline.cli.terminal import is_terminal
from saber_pipeline.definitions.run_launcher import RunListener
from saber_pipeline.definitions.run_logging import LONGEST_LINE
from saber_pipeline.foreign_text import one_line

if TYPE_CHECKING:
    from saber_pipeline.collection.progress import Progress


@contextmanager
def show_run(title: str, credits_text: str = "") -> Iterator[RunListener]:
    """A listener that shows the run until the block ends. The caller reports errors."""
    with _lasting_stdout() as stdout:
        if is_terminal():
            with _live(stdout, title, credits_text) as listener:
                yield listener
        else:
            yield RunListener(line=lambda level, text: _plain_line(stdout, level, text), progress=lambda _: None)


@contextmanager
def _lasting_stdout() -> Iterator[IO[str]]:
    """Stdout under a descriptor of its own: while a step runs, Dagster turns the usual one into a file."""
    sys.stdout.flush()
    try:
        descriptor = os.dup(sys.stdout.fileno())
    except io.UnsupportedOperation:  # stdout is not a real file, as in a test
        yield sys.stdout
        return
    with os.fdopen(descriptor, "w", encoding=sys.stdout.encoding, errors="replace", buffering=1) as stdout:
        yield stdout


def _plain_line(stdout: IO[str], level: int, text: str) -> None:
    if level < logging.ERROR:
        said = one_line(text, LONGEST_LINE)
        say(f"Warning: {said}" if level >= logging.WARNING else said, file=stdout)


@contextmanager
def _live(stdout: IO[str], title: str, credits_text: str) -> Iterator[RunListener]:
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn
    from rich.progress import Progress as Bar
    from rich.text import Text

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[state]}", markup=False),
    )
    screen = Console(file=stdout, highlight=False)
    with Bar(*columns, console=screen, transient=True) as bar:
        task = bar.add_task(title, total=None, state="")
        last_state = ""

        def progress(now: Progress) -> None:
            nonlocal last_state
            last_state = str(now)
            state = f"{last_state}, {credits_text}" if credits_text else last_state
            bar.update(task, total=now.total, completed=now.done, state=state)

        def line(level: int, text: str) -> None:
            if text == last_state or level >= logging.ERROR:
                return  # the bar shows progress, and the end of the command reports errors
            style = "yellow" if level >= logging.WARNING else "dim"
            screen.print(Text(one_line(text, LONGEST_LINE), style=style))

        yield RunListener(line, progress)
