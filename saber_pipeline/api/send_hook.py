"""What whoever sends a write wants looked at right before each of its transmissions.

A request may wait for minutes: for its turn, after a 429, between two attempts to connect. What allowed it when it
was asked for may not hold any more when it leaves. The client knows nothing of the reasons: it only calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Look = Callable[[], None]

_look: ContextVar[Look | None] = ContextVar("saber_before_send", default=None)


@contextmanager
def before_each_send(look: Look) -> Iterator[None]:
    """Within the block, ``look`` is called before each transmission of a write, repeats included.

    It raises where nothing may be sent any more; that error leaves the client's method as it is.
    """
    token = _look.set(look)
    try:
        yield
    finally:
        _look.reset(token)


def look_before_send() -> None:
    """Raise what forbids the transmission that is about to begin."""
    look = _look.get()
    if look is not None:
        look()
