"""What ends a run is what the user is told, whatever else goes wrong while the run tidies up."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from saber_pipeline.errors import StorageError
from saber_pipeline.runs import run_frame
from saber_pipeline.runs.follower import Follower
from saber_pipeline_tests.testbed.research_runs import people, research, write_people
from saber_pipeline_tests.testbed.summary_runs import summarise
from saber_pipeline_tests.testbed.world import InterceptingTransport, World, domains

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx

    from saber_pipeline.collection.progress import Progress
    from saber_pipeline.runs.purchase_run import PurchaseRun


def answers(world: World) -> None:
    world.write_list(domains(3))
    world.run()


def contact_research(world: World) -> None:
    write_people(world, people(3))
    research(world)


def summaries(world: World) -> None:
    world.write_list(domains(3))
    summarise(world, run_id="run", request_missing=True)


@pytest.mark.parametrize("run", [answers, contact_research, summaries])
def test_a_ledger_that_fails_hides_no_interruption(
    run: Callable[[World], None], world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Exit code and message depend on what is raised: a Ctrl-C stays one where the disk is full as well."""

    def is_full(*_: object) -> None:
        raise StorageError("The ledger cannot be written: the disk is full.")

    monkeypatch.setattr(run_frame, "awaited_submission_ids", is_full)
    world.transport = lambda: InterceptingTransport(after=strike_after_a_post(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        run(world)
    assert "Interrupted. Saber continues what was bought" in caplog.text


@pytest.mark.parametrize("run", [answers, contact_research, summaries])
def test_an_error_in_the_code_is_no_interruption(
    run: Callable[[World], None], world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody pressed Ctrl-C; what was bought is as safe."""
    world.transport = lambda: InterceptingTransport(after=strike_after_a_post(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        run(world)
    assert "The run ended by an error in its own code. Saber continues what was bought" in caplog.text
    assert "Interrupted" not in caplog.text


@pytest.mark.parametrize("run", [answers, contact_research, summaries])
def test_ended_before_its_first_purchase(
    run: Callable[[World], None], world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A run that bought nothing does not say that Saber continues what was bought."""

    def strike(_request: httpx.Request) -> None:
        raise KeyboardInterrupt

    world.transport = lambda: InterceptingTransport(before=strike)
    with pytest.raises(KeyboardInterrupt):
        run(world)
    assert "Interrupted. This run bought nothing." in caplog.text
    assert "Saber continues" not in caplog.text


def strike_after_a_post(error: BaseException) -> Callable[[httpx.Request], None]:
    def strike(request: httpx.Request) -> None:
        if request.method == "POST":
            raise error

    return strike


def test_progress_counts_what_another_run_reads(world: World) -> None:
    """Two runs follow the same people: those whose end the other one read are done for both, up to the last."""
    flying = list(range(6))
    told: list[Progress] = []
    run = SimpleNamespace(clock=world.clock, report=told.append, stop=threading.Event())

    async def read(_some: Sequence[int]) -> None:
        del flying[:1]

    async def follow() -> None:
        follower = Follower(cast("PurchaseRun", run), lambda: tuple(flying), read, noun="people", key=int)
        await follower.poll_once()
        del flying[:3]
        await follower.poll_once()
        del flying[:]
        await follower.poll_once()

    asyncio.run(follow())
    assert [(progress.done, progress.total) for progress in told] == [(1, 6), (5, 6), (6, 6)]


def test_requests_for_summaries_are_told(world: World) -> None:
    """Thousands of them take minutes, in which the run says how far it is."""
    summaries(world)
    told = [(progress.done, progress.total) for progress in world.progress if progress.noun == "requests"]
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_an_interruption_between_two_reads_reads_no_more(world: World) -> None:
    """Thousands may be in flight, or the API may be away: only the requests under way are waited for."""
    write_people(world, people(3))
    seen: list[httpx.Request] = []
    sleep = world.clock.sleep

    async def interrupt(seconds: float) -> None:
        await sleep(seconds)
        if sum(request.method == "POST" for request in seen) == 3:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(2)
            seen.clear()

    world.transport = lambda: InterceptingTransport(before=seen.append)
    world.clock.sleep = interrupt  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        research(world)
    assert seen == []
