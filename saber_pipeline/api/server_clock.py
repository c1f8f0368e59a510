"""The API's own time, read from the ``Date`` header of its replies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from saber_pipeline.api.decode import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    from saber_pipeline.api.clock import Clock

TRUNCATION = timedelta(seconds=2)
"""``Date`` drops fractions, so a newer reply may seem a little older; that is no step of the clock."""


class ServerClock:
    """What time it is at the API: never ahead of it, and at most about a second behind."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._server_time: datetime | None = None
        self._seen_at = 0.0

    def now(self) -> datetime:
        """The API's time, aware, UTC; the machine's own before the first reply."""
        if self._server_time is None:
            return self._clock.now()
        return self._server_time + timedelta(seconds=self._clock.monotonic() - self._seen_at)

    def observe(self, date_header: str | None) -> None:
        """Take a reply's ``Date`` header; one that is missing or unreadable changes nothing."""
        server_time = http_date(date_header)
        if server_time is None:
            return
        is_known = self._server_time is not None
        if is_known and timedelta() <= self.now() - server_time < TRUNCATION:
            return  # both are lower bounds of one running clock: the later one is the better one
        self._server_time = server_time
        self._seen_at = self._clock.monotonic()


@lru_cache(maxsize=8)  # replies of the same second say the same
def http_date(text: str | None) -> datetime | None:
    """An HTTP date as aware UTC, None when it is none, or a year that it cannot be."""
    if not text:
        return None
    try:
        parsed = parsedate_to_datetime(text)
        date = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if FIRST_YEAR <= date.year <= LAST_YEAR else None
