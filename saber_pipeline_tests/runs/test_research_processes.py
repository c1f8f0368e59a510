"""Research in real processes: killed around a purchase, and two at once."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.runs.research.research_run_request import ResearchOutcome
from saber_pipeline_tests.testbed.processes import end_of, start_process
from saber_pipeline_tests.testbed.research_runs import outcomes, people, purchases, research, write_people

if TYPE_CHECKING:
    from saber_pipeline_tests.testbed.world import World

PEOPLE = 24


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize("force", [False, True], ids=["", "forced"])
@pytest.mark.parametrize(
    ("die_at", "most_unknown"), [("before POST 9", 4), ("after POST 9", 4), ("before GET 3", 0), ("before GET 20", 0)]
)
def test_killed(world: World, die_at: str, most_unknown: int, *, force: bool) -> None:
    """A run killed around a purchase or while it follows: nobody is bought twice, and what is unknown is shown."""
    write_people(world, people(PEOPLE))
    process = start_process("research_in_a_process", world, die_at=die_at, force=force)
    assert end_of(process)[0] == -signal.SIGKILL
    bought = purchases(world)
    result = research(world, force_refresh=force)
    unknown = result.outcomes[ResearchOutcome.UNKNOWN]
    assert set(outcomes(result)) <= {ResearchOutcome.OWNED, ResearchOutcome.RESEARCHED, ResearchOutcome.UNKNOWN}
    assert ("POST" in die_at) <= unknown <= most_unknown
    assert unknown == len(result.unknown)
    after = purchases(world)
    assert all(after[person] == 1 for person in bought)
    assert PEOPLE - unknown <= sum(after.values()) <= PEOPLE
    assert world.published("SELECT status, count(*) FROM contact_research WHERE status <> 'unknown' GROUP BY 1") == [
        ("completed", PEOPLE - unknown)
    ]
    assert outcomes(research(world))[ResearchOutcome.OWNED] == PEOPLE - unknown
    assert purchases(world) == after


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize("force", [False, True], ids=["", "forced"])
@pytest.mark.slow
def test_two_at_once(world: World, *, force: bool) -> None:
    """Two runs at once over one list buy everybody once between them, and both see everybody researched."""
    write_people(world, people(PEOPLE))
    start_at = time.time() + 2.5
    processes = [start_process("research_in_a_process", world, force=force, start_at=start_at) for _ in range(2)]
    ends = [end_of(process) for process in processes]
    assert [code for code, _ in ends] == [0, 0], ends
    results = [json.loads(printed.splitlines()[-1]) for _, printed in ends]
    assert all(result["adds_up"] for result in results)
    assert all(sum(result["totals"].values()) == PEOPLE for result in results), results
    assert all(set(result["totals"]) <= {"researched", "owned"} for result in results), results
    assert sum(result["bought"] for result in results) == PEOPLE
    assert list(purchases(world).values()) == [1] * PEOPLE
    assert world.published("SELECT count(*) FROM contact_research WHERE status = 'completed'") == [(PEOPLE,)]
