"""An interruption ends the run, once, wherever it strikes."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import TYPE_CHECKING

import pytest
from dagster import DagsterExecutionInterruptedError

from saber_pipeline.runs import interruptions
from saber_pipeline.runs.interruptions import one_interruption, run_interruptible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


def interrupt() -> None:
    """What Dagster's signal handler does."""
    raise DagsterExecutionInterruptedError


async def interrupt_later() -> None:
    interrupt()


def in_a_callback() -> None:
    asyncio.get_running_loop().call_soon(interrupt)


def in_a_task_that_nothing_waits_for() -> None:
    asyncio.ensure_future(interrupt_later())  # noqa: RUF006 - so that its end is nobody's but the loop's


@pytest.mark.parametrize("strike", [in_a_callback, in_a_task_that_nothing_waits_for])
def test_an_interruption_ends_the_run(strike: Callable[[], None], caplog: pytest.LogCaptureFixture) -> None:
    """It cancels what is under way, is raised where the run was started, and leaves no traceback in the log."""
    reached = []

    async def work() -> None:
        strike()
        try:
            await asyncio.wait_for(asyncio.Event().wait(), timeout=20)
        finally:
            reached.append("its end")

    with caplog.at_level(logging.DEBUG), pytest.raises(DagsterExecutionInterruptedError):
        run_interruptible(work())
    assert reached == ["its end"]
    assert "Traceback" not in caplog.text


def test_one_that_strikes_at_the_end_counts() -> None:
    """The work was done, and what would come after it is interrupted all the same."""

    async def work() -> str:
        in_a_callback()
        return "done"

    with pytest.raises(DagsterExecutionInterruptedError):
        run_interruptible(work())


def test_other_errors_are_logged_as_ever(caplog: pytest.LogCaptureFixture) -> None:
    """A callback that fails ends nothing, and its traceback stands in the log."""

    async def work() -> str:
        asyncio.get_running_loop().call_soon(lambda: 1 // 0)
        await asyncio.sleep(0)
        return "done"

    assert run_interruptible(work()) == "done"
    assert "ZeroDivisionError" in caplog.text


@pytest.fixture
def interrupting() -> Iterator[None]:
    """Signals raise what Dagster's handler raises."""

    def handler(_number: int, _frame: FrameType | None) -> None:
        raise DagsterExecutionInterruptedError

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, handler) for number in numbers]
    yield
    for number, old in zip(numbers, before, strict=True):
        signal.signal(number, old)


@pytest.mark.usefixtures("interrupting")
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_the_second_of_two_signals_tears_no_tidying_up(second: signal.Signals) -> None:
    """It strikes moments after the first, while the ledger is being closed."""
    reached = []

    @one_interruption()
    def work() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            signal.raise_signal(second)
            reached.append("its end")

    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(DagsterExecutionInterruptedError):
        work()
    assert reached == ["its end"]
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.usefixtures("interrupting")
def test_one_that_comes_later_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever presses Ctrl-C again because the tidying up takes long is heard."""
    monkeypatch.setattr(interruptions, "ONE_INTERRUPTION_SECONDS", 0.0)
    with one_interruption():
        for _ in range(2):
            with pytest.raises(DagsterExecutionInterruptedError):
                signal.raise_signal(signal.SIGINT)
