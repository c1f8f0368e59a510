"""Errors of the package as the one ``Failure`` that the log, the UI and the command line show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from saber_pipeline.errors import ApiError, PipelineError
from saber_pipeline.storage_failures import storage_failures_told

REASON, CREDITS_REASON = "reason", "credits"


@contextmanager
def one_failure(log: dg.DagsterLogManager) -> Iterator[None]:
    """Turn a PipelineError, or a failure of the storage, into a Failure never retried by itself: a retry may spend."""
    try:
        with storage_failures_told():
            yield
    except PipelineError as error:
        # A request that failed knows nothing of the run; a run that had bought something does not raise it.
        cost = " Nothing was spent; once the cause is gone, run the same again." if isinstance(error, ApiError) else ""
        log.error(f"{error}{cost}")  # noqa: TRY400 - the text is for a person; the traceback says nothing more
        raise failure(f"{error}{cost}", because=error) from None


def failure(description: str, *, because: PipelineError | None = None) -> dg.Failure:
    """A Failure with this description; its metadata says so where ``because`` is about credits."""
    metadata = {REASON: CREDITS_REASON} if because is not None and because.is_about_credits else None
    return dg.Failure(description=description, metadata=metadata, allow_retries=False)
