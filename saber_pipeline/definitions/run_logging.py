"""The package's log lines in the run's own log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import TYPE_CHECKING

import dagster as dg

from saber_pipeline.foreign_text import one_line

if TYPE_CHECKING:
    from saber_pipeline.collection.progress import Progress

PROGRESS_SECONDS = 5.0
LONGEST_LINE = 4_000
"""The most characters of a log line, which may quote texts of any length."""

_watching: ContextVar[Callable[[Progress], None] | None] = ContextVar("watching", default=None)


@contextmanager
def report_progress_to(watch: Callable[[Progress], None]) -> Iterator[None]:
    """Until the block ends, runs in this context report all progress to ``watch``, not only now and then."""
    token = _watching.set(watch)
    try:
        yield
    finally:
        _watching.reset(token)


@contextmanager
def package_log(log: dg.DagsterLogManager) -> Iterator[None]:
    """Send what the package logs to ``log`` until the block ends."""
    package = logging.getLogger("saber_pipeline")
    handler = _ToRunLog(log)
    level, propagates = package.level, package.propagate
    package.addHandler(handler)
    package.setLevel(logging.INFO)
    package.propagate = False
    try:
        yield
    finally:
        package.removeHandler(handler)
        package.setLevel(level)
        package.propagate = propagates


def progress_to(log: dg.DagsterLogManager) -> Callable[[Progress], None]:
    """Log the progress of the run, every few seconds and at the end."""
    said_at = 0.0
    watch = _watching.get()

    def report(progress: Progress) -> None:
        nonlocal said_at
        if watch is not None:
            watch(progress)
        if progress.done == progress.total or monotonic() - said_at >= PROGRESS_SECONDS:
            said_at = monotonic()
            log.info(str(progress))

    return report


class _ToRunLog(logging.Handler):
    def __init__(self, log: dg.DagsterLogManager) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.log(record.levelno, one_line(record.getMessage(), LONGEST_LINE))
