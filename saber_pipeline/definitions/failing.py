"""Errors of the package as the one ``Failure`` that the log, the UI and the command line show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from saber_pipeline.errors import PipelineError


@contextmanager
def one_failure(log: dg.DagsterLogManager) -> Iterator[None]:
    """Turn a PipelineError into a Failure that is never retried by itself: a retry may spend."""
    try:
        yield
    except PipelineError as error:
        log.error(str(error))  # noqa: TRY400 - the text is for a person; the traceback says nothing more
        raise failure(str(error)) from None


def failure(description: str) -> dg.Failure:
    """A Failure with this description."""
    return dg.Failure(description=description, allow_retries=False)
