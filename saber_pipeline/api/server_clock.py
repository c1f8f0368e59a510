"""Estimates the API's time, from the stamps in its bodies or, without any, from the ``Date`` of its replies.

A ``Date`` may come from a gateway with another clock than the one that stamps signals. The stamp of a signal just
created shows that clock. No single reply decides: the median of several counts, and outliers are left out. Do not
measure waits by these times; see ``stopwatch``.
"""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from statistics import median_low
from typing import TYPE_CHECKING

from saber_pipeline.api.decode import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    from saber_pipeline.api.clock import Clock

TRUNCATION_SECONDS = 2.0
"""How much two readings of one clock may differ, because times have no fractions and replies take time."""

READINGS = 9
"""The number of newest readings that count. Five that agree are believed, even against earlier ones."""


class ServerClock:
    """The API's time. ``now`` is never ahead of a clock on which the API's replies agree.

    ``earliest`` and ``latest`` bound the time by all clocks, including the machine's. Callers that a wrong clock could
    harm use the harmless bound.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_headers = _Readings()
        self._by_stamps = _Readings()
        self._stamped_at_least: float | None = None

    @property
    def is_known(self) -> bool:
        """Whether any reply had a time."""
        return self._by_headers.offset is not None or self._by_stamps.offset is not None

    def now(self) -> datetime:
        """The API's time, aware, UTC; the machine's time before the first reply."""
        return self._at(self._by_headers.offset if self._by_stamps.offset is None else self._by_stamps.offset)

    def by_headers(self) -> datetime:
        """The time of the clock behind the ``Date`` header, to which times in other headers refer."""
        return self._at(self._by_headers.offset)

    def earliest(self) -> datetime:
        """A time that the API has certainly reached, if at least one clock is right."""
        headers, stamps, machine = self._offsets()
        known = [machine] if headers is None else [machine, headers]
        if stamps is not None:
            return self._at(min(stamps, max(known)))  # a stamp ahead of both other clocks would skip answers
        at_least = min(known) if self._stamped_at_least is None else max(min(known), self._stamped_at_least)
        return self._at(min(at_least, max(known)))

    def latest(self) -> datetime:
        """A time that the API has not passed yet."""
        return self._at(max(offset for offset in self._offsets() if offset is not None))

    def observe(self, date_header: str | None) -> None:
        """Use a reply's ``Date`` header. A missing or unreadable one changes nothing."""
        server_time = http_date(date_header)
        if server_time is not None:
            self._by_headers.add(server_time.timestamp() - self._clock.monotonic())

    def observe_stamp(self, made_at: datetime | None, *, is_new: bool = True) -> None:
        """Use the time of creation in a reply that has just arrived.

        ``is_new``: the object was created for this request and not found in the API's cache.
        """
        if made_at is None:
            return
        offset = made_at.timestamp() - self._clock.monotonic()
        if is_new:
            self._by_stamps.add(offset)
        self._stamped_at_least = max(offset, self._stamped_at_least if self._stamped_at_least is not None else offset)

    def _offsets(self) -> tuple[float | None, float | None, float]:
        """The offsets of the headers', the stamps' and the machine's clock from the machine's monotonic clock."""
        machine = self._clock.now().timestamp() - self._clock.monotonic()
        return self._by_headers.offset, self._by_stamps.offset, machine

    def _at(self, offset: float | None) -> datetime:
        if offset is None:
            return self._clock.now()
        return datetime.fromtimestamp(offset + self._clock.monotonic(), tz=UTC)


class _Readings:
    """The newest readings of one clock, as offsets from the machine's monotonic clock, in seconds.

    Each reading is a lower bound, because times have no fractions and replies take time.
    """

    def __init__(self) -> None:
        self.offset: float | None = None
        self._newest: deque[float] = deque(maxlen=READINGS)

    def add(self, offset: float) -> None:
        self._newest.append(offset)
        middle = median_low(self._newest)
        self.offset = max(each for each in self._newest if each - middle < TRUNCATION_SECONDS)


@lru_cache(maxsize=8)  # replies within a second have the same date
def http_date(text: str | None) -> datetime | None:
    """An HTTP date as aware UTC; None for anything else, or an impossible year."""
    if not text:
        return None
    try:
        parsed = parsedate_to_datetime(text)
        date = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if FIRST_YEAR <= date.year <= LAST_YEAR else None
