"""Work that Ctrl-C does not tear: it runs in a thread of its own, is told to stop, and finishes what is under way.

A POST whose reply is thrown away leaves a purchase that the ledger knows nothing of. Where no listing at Saber shows it
later either, as with contact research, an interruption waits for the replies under way, which takes seconds.
"""

from __future__ import annotations

import logging
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE_SECONDS = 200.0
"""A little more than the longest request takes."""


def finish_work_in_progress(work: Callable[[], T], stop: threading.Event) -> T:
    """``work()``, in a thread of its own. An interruption sets ``stop``, waits for its end, and goes on then."""
    done: list[T] = []
    failed: list[BaseException] = []
    ended = threading.Event()  # a thread whose join is interrupted is taken for ended (Python 3.11)

    def act() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked for the work
            failed.append(error)
        finally:
            ended.set()

    threading.Thread(target=act, name="saber-run", daemon=True).start()
    interruption = _wait(ended, stop)
    if interruption is not None:
        raise interruption
    if failed:
        raise failed[0]
    return done[0]


def _wait(ended: threading.Event, stop: threading.Event) -> BaseException | None:
    """Wait for the work's end; returns what interrupted that, if anything did.

    Ctrl-C comes more than once (the second 10 ms after the first), and must not tear what the first one spared.
    """
    interruption: BaseException | None = None
    give_up = math.inf
    while not ended.is_set() and time.monotonic() < give_up:
        try:
            with _deaf() if interruption else nullcontext():
                if interruption and give_up == math.inf:
                    give_up = time.monotonic() + PATIENCE_SECONDS
                    logger.warning(
                        "Interrupted. The run sends nothing new and waits for the replies to requests under way."
                    )
                ended.wait(0.5)
        except BaseException as error:  # noqa: BLE001 - raised again by the caller, when nothing is under way any more
            stop.set()
            interruption = interruption or error
    return interruption


@contextmanager
def _deaf() -> Iterator[None]:
    """Take no signals, where this thread is the one that gets them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: list[tuple[signal.Signals, Any]] = []
    try:
        # Inside: one that strikes between the two must leave neither of them ignored for good.
        for number in (signal.SIGINT, signal.SIGTERM):
            before.append((number, signal.getsignal(number)))
            signal.signal(number, signal.SIG_IGN)
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)
