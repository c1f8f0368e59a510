"""Halves of a window: whichever way an API takes their bounds, nothing is lost between them, and little read twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from operator import ge, gt, le, lt

import pytest

from saber_pipeline.api.signals import Signal, SignalPage, read_signal
from saber_pipeline.collection.windows import WindowRead, read_window
from saber_pipeline_tests.api.exchanges import SIGNAL

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
MAX_ROWS, PAGE = 60, 25
Compares = Callable[[datetime, datetime], bool]


class TimedListing:
    """Signals by time of completion. Without ``says_total`` it does not say how many rows a whole window has."""

    def __init__(
        self,
        completed: Sequence[datetime],
        *,
        lower: Compares = ge,
        upper: Compares = le,
        by_seconds: bool = False,
        says_total: bool = True,
    ) -> None:
        self._rows = [
            (moment.replace(microsecond=0) if by_seconds else moment, self._signal(number, moment))
            for number, moment in enumerate(completed)
        ]
        self._lower, self._upper = lower, upper
        self._says_total = says_total

    async def list_signals(
        self,
        *,
        statuses: Sequence[str] = (),
        from_date: datetime | None = None,
        to_date: datetime | None = None,
        limit: int = PAGE,
        offset: int = 0,
    ) -> SignalPage:
        assert statuses == ("completed",)
        assert from_date is not None
        assert to_date is not None
        found = [s for at, s in self._rows if self._lower(at, from_date) and self._upper(at, to_date)]
        rows = tuple(found[offset : offset + limit])
        total = len(found) if self._says_total or limit == PAGE else 0
        return SignalPage(rows, total, total_is_exact=self._says_total or limit == PAGE)

    @staticmethod
    def _signal(number: int, moment: datetime) -> Signal:
        return read_signal(json.dumps({**SIGNAL, "id": f"s{number}", "completedAt": moment.isoformat()}).encode())


class Taker:
    def __init__(self) -> None:
        self.ids: list[str] = []

    def take(self, signals: Iterable[Signal]) -> None:
        self.ids.extend(signal.id for signal in signals)


def read(listing: TimedListing, *, expected_rows: int = 0) -> tuple[list[str], WindowRead]:
    taker = Taker()

    @contextmanager
    def deliver() -> Iterator[Taker]:
        yield taker

    reading = read_window(
        listing,
        deliver,
        start=BEGAN - timedelta(seconds=6),
        end=BEGAN + timedelta(seconds=10),
        max_rows=MAX_ROWS,
        expected_rows=expected_rows,
    )
    return taker.ids, asyncio.run(reading)


def burst(seconds: float) -> list[datetime]:
    """200 that complete within so many seconds around the moment in which the window is halved."""
    return [BEGAN + timedelta(seconds=2 - seconds / 2 + seconds * n / 199) for n in range(200)]


@pytest.mark.parametrize("expected_rows", [0, 200])
@pytest.mark.parametrize("by_seconds", [False, True])
@pytest.mark.parametrize(("lower", "upper"), [(ge, le), (ge, lt), (gt, le), (gt, lt)])
@pytest.mark.parametrize("seconds", [0.0, 2.0, 5.0])
def test_no_reading_of_the_bounds_leaves_a_hole(
    seconds: float, lower: Compares, upper: Compares, by_seconds: bool, expected_rows: int
) -> None:
    """Open or closed, to the second or finer, and with every answer in the one moment where halves meet: all arrive."""
    ids, result = read(
        TimedListing(burst(seconds), lower=lower, upper=upper, by_seconds=by_seconds), expected_rows=expected_rows
    )
    assert (len(set(ids)), result.is_proven) == (200, True)


@pytest.mark.parametrize("by_seconds", [False, True])
def test_a_burst_is_read_once(by_seconds: bool) -> None:
    """Of answers that complete within two seconds, only those of one moment are in both halves of a window."""
    ids, _ = read(TimedListing(burst(1.9), by_seconds=by_seconds))
    assert len(set(ids)) == 200
    assert len(ids) <= (310 if by_seconds else 205)


def test_without_a_total_halves_share_a_second() -> None:
    """Where nothing says how many rows the whole has, its halves overlap, so that none is missed."""
    ids, _ = read(TimedListing(burst(0.0), lower=gt, upper=lt, says_total=False))
    assert len(set(ids)) == 200
