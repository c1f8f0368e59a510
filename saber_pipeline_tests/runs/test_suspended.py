"""A run that is suspended between its intent and the bytes on the wire, while another one resolves and buys."""

from __future__ import annotations

import signal
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.ledger.store import Ledger
from saber_pipeline_tests.testbed.processes import Run, end_of, start_process, wait_until_suspended
from saber_pipeline_tests.testbed.research_runs import people, purchases, research, write_people
from saber_pipeline_tests.testbed.world import CLOUD, LENIENT, SIZE, World, domains

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPANIES = 30

ROUTES: dict[str, tuple[dict[str, Any], int]] = {
    "async": ({"die_at": "before POST 1"}, 150),
    "sync": ({"die_at": "before POST 1"}, 3),
    "single": ({"die_at": "before POST 1", "lenient": True, "sync_pairs": 0}, 4),
    "single_sync": ({"die_at": "before POST 1", "lenient": True, "sync_pairs": 10}, 4),
}


started: list[Run] = []


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    yield
    for process in started:
        process.kill()
        process.wait()
    started.clear()


def start_suspended(world: World, module: str = "run_in_a_process", **given: Any) -> Run:
    """A run of which nothing moves any more, and whose lease has ended."""
    process = start_process(module, world, signal="SIGSTOP", **given)
    started.append(process)
    wait_until_suspended(process)
    with closing(Ledger.open(world.paths.ledger)) as ledger, ledger.transaction() as connection:
        connection.exec_driver_sql("UPDATE runs SET heartbeat_at = heartbeat_at - 3600")
    return process


def wake(process: Run) -> None:
    process.send_signal(signal.SIGCONT)
    code, printed = end_of(process)
    assert code == 0, printed


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize("refuse", [False, True], ids=["connecting", "429"])
@pytest.mark.parametrize("route", ROUTES)
def test_bought_meanwhile(world: World, route: str, *, refuse: bool) -> None:
    """What a suspended run was about to send, and another run resolved and bought, is not sent when it wakes up."""
    given, companies = ROUTES[route]
    world.write_list(domains(companies))
    process = start_suspended(world, refuse=refuse, force=True, **given)  # what is sent again finds no cache
    states = world.ledger_rows("SELECT DISTINCT route, state FROM submissions")
    assert "intended" in {state for _, state in states}
    assert {name for name, _ in states} == {route}
    world.questions = (LENIENT,) if "lenient" in given else (SIZE, CLOUD)
    world.run(force=True)
    assert sum(world.bought().values()) == companies * len(world.questions)
    wake(process)
    world.check_books()
    assert sum(world.bought().values()) == companies * len(world.questions)


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize("refuse", [False, True], ids=["connecting", "429"])
@pytest.mark.slow
def test_nobody_else(world: World, *, refuse: bool) -> None:
    """A run that was suspended while nobody else ran buys everything once when it wakes up."""
    world.write_list(domains(COMPANIES))
    wake(start_suspended(world, die_at="before POST 1", refuse=refuse))
    assert list(world.bought().values()) == [1] * 2 * COMPANIES


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize("refuse", [False, True], ids=["connecting", "429"])
@pytest.mark.slow
def test_research_bought_meanwhile(world: World, *, refuse: bool) -> None:
    """A person's research that a suspended run was about to buy, and that another one bought, is not bought again."""
    write_people(world, people(6))
    process = start_suspended(world, "research_in_a_process", die_at="before POST 3", refuse=refuse)
    research(world, retry_unknown=True)
    wake(process)
    assert list(purchases(world).values()) == [1] * 6
