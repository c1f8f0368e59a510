"""The API's own time, as well as it can be known: by what it stamps itself, else by the ``Date`` of its replies.

A ``Date`` may come from a gateway whose clock is not the one that stamps signals. What the API writes into a body about
something that it has just made is that clock. No single reply decides: of several the median counts, and what lies
apart from it is left out. Nobody measures a wait by these times; see ``stopwatch``.
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
"""Times without fractions, and the way of a reply, put two readings of one clock so far apart."""

READINGS = 9
"""So many of the newest readings count: five that agree are believed, also against what was true before."""


class ServerClock:
    """What time it is at the API: ``now`` is never ahead of a clock that its replies agree on.

    ``earliest`` and ``latest`` bound it by every clock there is, the machine's own among them: who would lose
    something by a clock that is wrong goes by the one of them that does no harm.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_headers = _Readings()
        self._by_stamps = _Readings()
        self._stamped_at_least: float | None = None

    @property
    def is_known(self) -> bool:
        """Whether any reply has told a time."""
        return self._by_headers.offset is not None or self._by_stamps.offset is not None

    def now(self) -> datetime:
        """The API's time, aware, UTC; the machine's own before the first reply."""
        return self._at(self._best())

    def by_headers(self) -> datetime:
        """The time of whoever writes the headers, which is what other headers are about."""
        return self._at(self._by_headers.offset)

    def earliest(self) -> datetime:
        """A time that it is at the API in any case, as long as one of the clocks there are is right."""
        headers, stamps, machine = self._offsets()
        known = [machine] if headers is None else [machine, headers]
        if stamps is not None:
            return self._at(min(stamps, max(known)))  # a stamp ahead of both other clocks would skip answers
        at_least = min(known) if self._stamped_at_least is None else max(min(known), self._stamped_at_least)
        return self._at(min(at_least, max(known)))

    def latest(self) -> datetime:
        """A time that it is not yet at the API, or has just become."""
        return self._at(max(offset for offset in self._offsets() if offset is not None))

    def observe(self, date_header: str | None) -> None:
        """Take a reply's ``Date`` header; one that is missing or unreadable changes nothing."""
        server_time = http_date(date_header)
        if server_time is not None:
            self._by_headers.add(server_time.timestamp() - self._clock.monotonic())

    def observe_stamp(self, made_at: datetime | None, *, is_new: bool = True) -> None:
        """Take what the reply that has just come says about when it made something.

        ``is_new``: it was made for this request, rather than found in the API's cache.
        """
        if made_at is None:
            return
        offset = made_at.timestamp() - self._clock.monotonic()
        if is_new:
            self._by_stamps.add(offset)
        self._stamped_at_least = max(offset, self._stamped_at_least if self._stamped_at_least is not None else offset)

    def _best(self) -> float | None:
        return self._by_headers.offset if self._by_stamps.offset is None else self._by_stamps.offset

    def _offsets(self) -> tuple[float | None, float | None, float]:
        """The headers', the stamps' and the machine's time, each less the machine's monotonic time."""
        machine = self._clock.now().timestamp() - self._clock.monotonic()
        return self._by_headers.offset, self._by_stamps.offset, machine

    def _at(self, offset: float | None) -> datetime:
        if offset is None:
            return self._clock.now()
        return datetime.fromtimestamp(offset + self._clock.monotonic(), tz=UTC)


class _Readings:
    """The newest readings of one clock, each as how far it is ahead of the machine's monotonic time, in seconds.

    Each reading is a lower bound: a time without fractions, on its way for a while.
    """

    def __init__(self) -> None:
        self.offset: float | None = None
        self._newest: deque[float] = deque(maxlen=READINGS)

    def add(self, offset: float) -> None:
        self._newest.append(offset)
        middle = median_low(self._newest)
        self.offset = max(each for each in self._newest if each - middle < TRUNCATION_SECONDS)


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
