"""Running a coroutine in a step, to its end or to an interruption.

Dagster interrupts a step with an exception that its signal handler raises wherever the program stands. Where that is a
callback of the event loop, asyncio logs any exception but KeyboardInterrupt, with its traceback, and goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


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
