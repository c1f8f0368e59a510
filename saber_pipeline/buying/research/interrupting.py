"""Work that is not torn by Ctrl-C: it runs beside the main thread, is told to stop, and finishes what is under way.

A POST whose reply is thrown away is a purchase that nobody knows of, and for contact research nothing can find
out about it later. So an interruption waits for the replies under way, which takes seconds.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE_SECONDS = 200.0
"""A little more than the longest request takes."""


def finishing_what_is_under_way(work: Callable[[], T], stop: threading.Event) -> T:
    """``work()``, in a thread of its own. An interruption sets ``stop``, waits for its end, and goes on then."""
    done: list[T] = []
    failed: list[BaseException] = []

    def act() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked for the work
            failed.append(error)

    thread = threading.Thread(target=act, name="saber-research", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(1.0)
    except BaseException:
        stop.set()
        logger.warning("Interrupted: nothing new is sent, and the replies to what is under way are waited for.")
        _wait(thread)
        raise
    if failed:
        raise failed[0]
    return done[0]


def _wait(thread: threading.Thread) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while thread.is_alive() and time.monotonic() < give_up:
        try:
            thread.join(0.5)
        except BaseException:  # noqa: BLE001, S112 - Ctrl-C comes twice, and a second one must not tear what the first spared
            continue
