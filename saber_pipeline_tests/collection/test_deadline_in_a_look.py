"""The time that a run may wait is looked at inside a look too."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import pytest

from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.api.exchanges import SIGNAL
from saber_pipeline_tests.testbed.world import DAY_SECONDS, SIZE, InterceptingTransport, domains, outcomes, start_world

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from saber_pipeline_tests.testbed.world import World

LISTING = "/v1/companies/signals"
SECONDS_A_PAGE = 0.5


def endless(
    world: World, is_endless: Callable[[httpx.QueryParams], bool]
) -> Callable[[httpx.Request], httpx.Response | None]:
    """Listings that serve full pages of new signals for ever, each half a second after the one before."""
    asked = 0

    def before(request: httpx.Request) -> httpx.Response | None:
        nonlocal asked
        if request.method != "GET" or request.url.path != LISTING or not is_endless(request.url.params):
            return None
        asked += 1
        assert asked < 3_000, "the look does not end"
        world.clock.advance(SECONDS_A_PAGE)
        created = world.clock.now().isoformat()
        rows = [{**SIGNAL, "id": str(uuid4()), "status": "failed", "createdAt": created} for _ in range(25)]
        page = {"items": rows, "total": 10**15, "limit": 25, "offset": int(request.url.params.get("offset", 0))}
        return httpx.Response(200, content=json.dumps(page).encode(), headers={"content-type": "application/json"})

    return before


@pytest.mark.parametrize(
    "is_endless",
    [
        pytest.param(lambda params: params.get("status") == "completed", id="completed"),
        pytest.param(lambda params: params.get("status") == "failed", id="failed"),
        pytest.param(lambda _: True, id="all"),
    ],
)
@pytest.mark.slow
def test_a_listing_without_end_holds_no_run(tmp_path: Path, is_endless: Callable[[httpx.QueryParams], bool]) -> None:
    """A run ends soon after its deadline whatever listing serves full pages for ever, and buys nothing twice."""
    with ExitStack() as stack:
        world = start_world(stack.enter_context, tmp_path / "data")
        world.questions = (SIZE,)
        world.write_list(domains(30))
        world.transport = lambda: InterceptingTransport(before=endless(world, is_endless))
        began = world.clock.monotonic()
        world.run(max_wait_minutes=2)
        assert world.clock.monotonic() - began < 120 + 120
        world.transport = None
        assert outcomes(world.run()).get(Outcome.NOT_FINISHED, 0) == 0
        assert set(world.bought().values()) == {1}


@pytest.mark.slow
def test_no_time_to_wait_still_reads_what_is_ready(tmp_path: Path) -> None:
    """With nothing to wait, a minute of pages that hold answers is read to its end."""
    with ExitStack() as stack:
        world = start_world(stack.enter_context, tmp_path / "data")
        world.questions = (SIZE,)
        world.write_list(domains(1_500))
        world.run(max_wait_minutes=0)
        world.clock.advance(0.1 * DAY_SECONDS)

        def slowly(request: httpx.Request) -> None:
            if request.url.path == LISTING:
                world.clock.advance(1.0)

        world.transport = lambda: InterceptingTransport(after=slowly)
        began = world.clock.monotonic()
        result = world.run(max_wait_minutes=0)
        assert world.clock.monotonic() - began > 50
        assert outcomes(result).get(Outcome.NOT_FINISHED, 0) == 0
