"""The API's time is what its replies say, carried on by the local clock."""

from __future__ import annotations

from datetime import timedelta

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


def test_a_wrong_date_is_corrected() -> None:
    """One reply with a date far off is put right by the next one."""
    clock = ServerClock(FakeClock())
    clock.observe("Sun, 01 Mar 2026 19:00:00 GMT")
    clock.observe("Sun, 01 Mar 2026 12:00:00 GMT")
    assert clock.now() == START
