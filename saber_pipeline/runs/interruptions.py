"""Interruptions of a step: each ends it once, wherever it strikes.

Dagster interrupts a step with an exception that its signal handler raises wherever the program stands. Libraries log
such an exception where it strikes their own callbacks and their tidying up: asyncio then goes on as if nothing had
been, and SQLAlchemy shows a traceback.
"""

from __future__ import annotations

import asyncio
import math
import signal
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")

ONE_INTERRUPTION_SECONDS = 2.0
"""Signals that follow each other so soon are one Ctrl-C: a terminal sends it to all processes, and some pass it on."""


def run_interruptible(main: Coroutine[Any, Any, T]) -> T:
    """What ``main`` returns, as by ``asyncio.run``.

    An interruption that strikes in a callback, or in a task that nothing waits for, cancels ``main`` and is raised
    here.
    """
    interruptions: list[BaseException] = []

    async def watched() -> T:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in one

        def note(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            error = context.get("exception")
            if error is None or isinstance(error, Exception):
                loop.default_exception_handler(context)
                return
            interruptions.append(error)
            task.cancel()

        asyncio.get_running_loop().set_exception_handler(note)
        return await main

    try:
        result = asyncio.run(watched())
    except BaseException as error:
        if interruptions:
            raise interruptions[0] from error
        raise
    if interruptions:
        raise interruptions[0]
    return result


@contextmanager
def one_interruption() -> Iterator[None]:
    """Within the block, or the function that this decorates, what follows an interruption at once is part of it.

    The second of two signals would strike while the first one's tidying up is under way, as a rule 10 ms later.
    """
    if threading.current_thread() is not threading.main_thread():  # others get no signals
        yield
        return
    struck_at = -math.inf
    before: dict[int, Callable[[int, FrameType | None], Any]] = {}

    def strike(number: int, frame: FrameType | None) -> None:
        nonlocal struck_at
        now, since = time.monotonic(), struck_at
        struck_at = now
        if now - since > ONE_INTERRUPTION_SECONDS:
            before[number](number, frame)

    for number in (signal.SIGINT, signal.SIGTERM):
        handler = signal.getsignal(number)
        if callable(handler):
            before[number] = handler
            signal.signal(number, strike)
    try:
        yield
    finally:
        for struck, handler in before.items():
            signal.signal(struck, handler)
