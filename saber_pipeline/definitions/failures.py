"""Turns the package's errors into the ``Failure`` that the log, the UI and the command line show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg

from saber_pipeline.errors import ApiError, PipelineError
from saber_pipeline.storage_failures import as_storage_failures

if TYPE_CHECKING:
    from saber_pipeline.runs.sample_page import SamplePage

REASON, CREDITS_REASON = "reason", "credits"
SAMPLE_PAGE = "sample_page"
"""The metadata key of what the run's sample showed, as JSON."""


@contextmanager
def as_dagster_failure(log: dg.DagsterLogManager) -> Iterator[None]:
    """Turn a PipelineError, or a failure of the storage, into a Failure never retried by itself: a retry may spend."""
    try:
        with as_storage_failures():
            yield
    except PipelineError as error:
        # A request that failed knows nothing of the run; a run that had bought something does not raise it.
        cost = (
            " Nothing was spent. Once the cause is gone, start the same run again."
            if isinstance(error, ApiError)
            else ""
        )
        log.error(f"{error}{cost}")  # noqa: TRY400 - the text is for a person; the traceback says nothing more
        raise failure(f"{error}{cost}", because=error) from None


def failure(
    description: str, *, because: PipelineError | None = None, sample_page: SamplePage | None = None
) -> dg.Failure:
    """A Failure with this description; its metadata says so where ``because`` is about credits.

    ``sample_page``: what the run's sample showed so far; it was paid for, whatever stopped the run.
    """
    metadata: dict[str, Any] = {}
    if because is not None and because.is_about_credits:
        metadata[REASON] = CREDITS_REASON
    if sample_page is not None:
        metadata[SAMPLE_PAGE] = sample_page.as_record()
    return dg.Failure(description=description, metadata=metadata or None, allow_retries=False)
