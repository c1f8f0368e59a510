"""A hook that callers set to check a write right before each transmission.

A request may wait for minutes: for the rate limit, after a 429, or between attempts to connect. Meanwhile it may become
forbidden. The client does not know the reasons; it only calls the hook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Check = Callable[[], None]

_check: ContextVar[Check | None] = ContextVar("saber_before_send", default=None)


@contextmanager
def before_each_send(check: Check) -> Iterator[None]:
    """Within the block, call ``check`` before each transmission of a write, including retries.

    ``check`` raises to forbid the transmission; the client's method raises the same error.
    """
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)


def check_before_send() -> None:
    """Call the hook. Raises the hook's error if the transmission is forbidden."""
    check = _check.get()
    if check is not None:
        check()
