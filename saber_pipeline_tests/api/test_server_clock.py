"""The API's time is what its replies say, carried on by the local clock."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from saber_pipeline.api.server_clock import ServerClock
from saber_pipeline_tests.api.fake_clock import START, FakeClock


def test_local_time_before_the_first_reply() -> None:
    """Before any reply, and after one without a readable date, it is the machine's own time."""
    clock = ServerClock(FakeClock())
    clock.observe("yesterday")
    clock.observe(None)
    assert clock.now() == START


def test_time_goes_on_between_replies() -> None:
    """Between replies the API's time moves with the local clock."""
    local = FakeClock()
    clock = ServerClock(local)
    clock.observe("Sun, 01 Mar 2026 15:00:00 GMT")
    local.seconds += 7.5
    assert clock.now() == START + timedelta(hours=3, seconds=7.5)


def test_a_truncated_date_does_not_set_it_back() -> None:
    """Date drops fractions of a second: a newer reply does not make the clock go backwards."""
    local = FakeClock()
    clock = ServerClock(local)
    clock.observe("Sun, 01 Mar 2026 15:00:00 GMT")
    local.seconds += 1.9
    clock.observe("Sun, 01 Mar 2026 15:00:01 GMT")
    assert clock.now() == START + timedelta(hours=3, seconds=1.9)


def dates(clock: ServerClock, *seconds: float) -> None:
    """Replies whose dates are ``seconds`` from the machine's time."""
    for each in seconds:
        clock.observe(format_datetime(START + timedelta(seconds=each), usegmt=True))


def test_no_single_date_decides() -> None:
    """Of several replies the median counts: one from a gateway that is far off, on either side, changes nothing."""
    clock = ServerClock(FakeClock())
    dates(clock, 60, 60, 7_200, 61, -7_200, 60)
    assert clock.now() == START + timedelta(seconds=61)


def test_what_most_replies_say_is_believed() -> None:
    """A clock that was set for good is followed as soon as most of the newest replies say so."""
    clock = ServerClock(FakeClock())
    dates(clock, *(0,) * 50, *(3_600,) * 5)
    assert clock.now() == START + timedelta(hours=1)


def test_a_stamp_of_the_api_is_better_than_any_date() -> None:
    """What the API says of when it made something is its clock; a gateway's is not."""
    clock = ServerClock(FakeClock())
    dates(clock, 900, 900, 900)
    clock.observe_stamp(START + timedelta(seconds=3))
    dates(clock, 900, 900, 900)
    assert clock.now() == clock.earliest() == START + timedelta(seconds=3)
    assert clock.by_headers() == clock.latest() == START + timedelta(seconds=900)


@pytest.mark.parametrize("ahead", [-900, 900])
def test_the_earliest_time_goes_by_the_clock_that_is_behind(ahead: int) -> None:
    """Without a stamp, the earliest time is the earlier of the machine's and the headers', the latest the later."""
    clock = ServerClock(FakeClock())
    dates(clock, ahead)
    assert clock.earliest() == START + timedelta(seconds=min(ahead, 0))
    assert clock.latest() == START + timedelta(seconds=max(ahead, 0))


def test_a_stamp_from_the_cache_is_a_lower_bound() -> None:
    """A signal that may be an older one says that it is not earlier than that, and no more."""
    clock = ServerClock(FakeClock())
    dates(clock, -900)
    clock.observe_stamp(START - timedelta(seconds=300), is_new=False)
    clock.observe_stamp(START - timedelta(hours=5), is_new=False)
    assert clock.now() == START - timedelta(seconds=900)
    assert clock.earliest() == START - timedelta(seconds=300)


def test_a_stamp_ahead_of_every_clock_skips_nothing() -> None:
    """A stamp that the headers and the machine contradict together does not make the earliest time later than both."""
    clock = ServerClock(FakeClock())
    dates(clock, 1)
    clock.observe_stamp(START + timedelta(hours=2))
    assert clock.earliest() == START + timedelta(seconds=1)
