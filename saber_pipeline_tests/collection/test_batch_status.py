"""The batch status is a hint, whatever shape it has."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from saber_pipeline.api.retry import RetrySettings
from saber_pipeline.collection.company_reader import all_ended
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.world import SIZE, InterceptingTransport, World, domains, outcomes


@pytest.mark.parametrize(
    ("reply", "is_done"),
    [
        (None, False),
        ({}, False),
        ({"results": []}, False),
        ({"status": "completed"}, True),
        ({"batches": [{"state": "COMPLETED"}, {"state": "Failed"}]}, True),
        ({"batches": [{"status": "completed"}, {"status": "processing"}]}, False),
        ({"status": "something new"}, False),
        ({"status": 3, "signals": [{"status": {"code": "done"}}]}, False),
    ],
)
def test_only_what_is_understood_counts(reply: dict[str, Any] | None, is_done: bool) -> None:
    """A reply hints at the end only when everything it names has ended in words that are known."""
    assert all_ended(reply) is is_done


@pytest.mark.ledger_in_a_file("each of its two data directories has one")
@pytest.mark.parametrize("status", [403, 500])
def test_a_status_that_cannot_be_read(world: World, status: int) -> None:
    """An API that forbids the operation, or fails at it, is asked once, and the run reads its answers all the same."""
    world.write_list(domains(10))
    world.run(SIZE)
    world.data_dir = world.data_dir / "second"
    world.write_list(domains(40))
    world.effects(stuck_share=1.0)
    asked: list[str] = []

    def refuse(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/batches/status"):
            return None
        asked.append(request.url.path)
        return httpx.Response(status, json={"error": {"type": "FORBIDDEN", "code": "NO", "requestId": "r-1"}})

    world.transport = lambda: InterceptingTransport(before=refuse)
    result = world.run(SIZE, max_wait_minutes=30)
    assert result.stopped_by is None
    assert outcomes(result) == {Outcome.ANSWERED: 10, Outcome.NOT_FINISHED: 30}
    assert 0 < len(asked) <= RetrySettings().attempts
