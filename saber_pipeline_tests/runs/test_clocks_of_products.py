"""Contact research and summaries keep to elapsed time, too, whatever the API's replies say about the time."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.claims import Candidate, claim, claimed_slice
from saber_pipeline.ledger.purchase_rows import SIGNALS
from saber_pipeline.ledger.purchases import intend, submissions_in
from saber_pipeline.ledger.runs import lease
from saber_pipeline.ledger.tables import SubmissionState
from saber_pipeline.ledger.write_ahead import Clocks, adopt_orphans
from saber_pipeline.products.product import Route
from saber_pipeline.runs.research.research_run_request import ResearchOutcome
from saber_pipeline_tests.testbed.research_runs import outcomes, people, research, write_people
from saber_pipeline_tests.testbed.summary_runs import summarise
from saber_pipeline_tests.testbed.world import DAY_SECONDS, HOUR_SECONDS, InterceptingTransport, World, domains

if TYPE_CHECKING:
    from saber_pipeline.ledger.store import Ledger
    from saber_pipeline_tests.testbed.fixtures import StartWorld

SUMMARIES = "/v1/companies/signals/summaries"


@pytest.mark.parametrize(("date", "wall"), [(40 * DAY_SECONDS, 0.0), (0.0, 26 * HOUR_SECONDS)])
def test_a_research_is_not_given_up_by_a_wrong_clock(start: StartWorld, date: float, wall: float) -> None:
    """A research that is processing is followed to its end although one of the clocks is days ahead."""
    world = start(processing_seconds=(30.0, 60.0))
    write_people(world, people(3))
    world.effects(date_ahead_seconds=date)
    world.clock.after(5.0, lambda: setattr(world.clock, "wall_ahead_seconds", wall))
    assert outcomes(research(world)) == {ResearchOutcome.RESEARCHED: 3}


@pytest.mark.parametrize("ahead", [-40 * DAY_SECONDS, 40 * DAY_SECONDS])
@pytest.mark.slow
def test_a_stuck_research_is_given_up_by_elapsed_time(start: StartWorld, ahead: float) -> None:
    """One that never ends has failed after its time, although the API's clock and its Date are weeks off."""
    world = start(processing_seconds=(36_000.0, 36_000.0))
    world.clock.wall_ahead_seconds = -ahead
    world.settings_changed["stuck_after_hours"] = 1.0
    write_people(world, people(2))
    assert outcomes(research(world)) == {ResearchOutcome.FAILED: 2}


def posts(world: World) -> int:
    requests: dict[str, int] = world.sandbox.books(pairs=False)["requests"]
    return requests.get(f"POST {SUMMARIES}", 0)


@pytest.mark.slow
def test_a_summary_is_not_asked_for_twice_by_a_wrong_date(start: StartWorld) -> None:
    """A Date fifteen minutes ahead does not stand for ten minutes in which a summary did not appear."""
    world = start(summary_seconds=3_600)
    world.write_list(domains(3))
    world.run()
    nothing = httpx.Response(200, text=json.dumps({"results": [], "total": 0, "limit": 100, "offset": 0, "count": 0}))
    world.transport = lambda: InterceptingTransport(
        before=lambda request: nothing if (request.method, request.url.path) == ("GET", SUMMARIES) else None
    )
    summarise(world, request_missing=True, max_wait_minutes=0)
    assert posts(world) == 3
    world.effects(date_ahead_seconds=900)
    summarise(world, request_missing=True, max_wait_minutes=0)
    assert posts(world) == 3
    world.clock.advance(601)
    summarise(world, request_missing=True, max_wait_minutes=0)
    assert posts(world) == 6


def test_an_orphan_waits_from_its_runs_last_sign_of_life(ledger: Ledger) -> None:
    """What was written down long before its run died may have left just before: the wait begins then."""
    with lease(ledger, "gone", lease_seconds=60), ledger.transaction() as connection:
        claim(connection, "gone", [Candidate("q", "one.example", is_cached=False)])
        pairs = claimed_slice(connection, "gone", 1)
        intend(
            connection,
            run_id="gone",
            route=Route.SYNC,
            force_refresh=False,
            pairs=pairs,
            intended_at=1_000.0,
            machine_at=1_000.0,
        )
    with ledger.transaction() as connection:
        died = time.time() - 20
        connection.execute(t.runs.update().values(ended_at=None, heartbeat_at=died - 60))
        adopt_orphans(connection, SIGNALS, (), Clocks(5_000.0, 5_000.0, 60))
        (orphan,) = submissions_in(connection, [SubmissionState.UNKNOWN])
    # 20 seconds before now, and as many more as this test was held up; the last heartbeat was at 4_920.
    for unknown_at in (orphan.unknown_at, orphan.machine_unknown_at):
        assert unknown_at is not None
        assert 4_930 < unknown_at <= 4_980
