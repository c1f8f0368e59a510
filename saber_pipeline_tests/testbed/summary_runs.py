"""Runs over summaries in a world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saber_pipeline.runs.summaries.summary_run import run_summaries
from saber_pipeline.runs.summaries.summary_run_request import SummariesRequest, SummariesResult

if TYPE_CHECKING:
    from saber_pipeline_tests.testbed.world import World


def summarise(world: World, *, run_id: str = "summaries", **request: Any) -> SummariesResult:
    """A whole run; its counts must cover every company."""
    result = run_summaries(
        SummariesRequest(run_id, **{"max_wait_minutes": 60, **request}),
        world.settings,
        world.questions,
        new_client=world.new_client,
        report=world.progress.append,
        clock=world.clock,
    )
    assert result.completed + result.processing + result.failed + result.missing == result.domains
    return result
