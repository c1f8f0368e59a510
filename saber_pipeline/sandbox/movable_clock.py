"""The sandbox's clock: the machine's time, moved forward on request."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate


class SandboxClock:
    """Milliseconds since 1970: the time of ``base`` (seconds), plus the time added with ``advance_ms``."""

    def __init__(self, base: Callable[[], float] = time.time) -> None:
        self._base = base
        self._added_ms = 0

    def now_ms(self) -> int:
        return int(self._base() * 1000) + self._added_ms

    def now_seconds(self) -> float:
        return self._base() + self._added_ms / 1000

    def advance_ms(self, milliseconds: int) -> None:
        self._added_ms += milliseconds


def iso(milliseconds: int) -> str:
    """The API's spelling of a time: ``2026-01-31T12:00:00.123Z``."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"


def http_date(seconds: float) -> str:
    return formatdate(seconds, usegmt=True)
