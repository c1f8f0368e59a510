"""Waits are measured in time that has passed on this machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from saber_pipeline.api.server_clock import ServerClock
from saber_pipeline.api.stopwatch import Stopwatch
from saber_pipeline_tests.api.fake_clock import START, FakeClock

BEGAN = START.timestamp()


class OwnClock(FakeClock):
    """One whose wall clock can be set."""

    set_ahead_seconds = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.set_ahead_seconds)


@pytest.fixture
def own() -> OwnClock:
    return OwnClock()


@pytest.fixture
def server(own: OwnClock) -> ServerClock:
    return ServerClock(own)


@pytest.fixture
def watch(own: OwnClock, server: ServerClock) -> Stopwatch:
    return Stopwatch(own, server)


def say(server: ServerClock, seconds: float) -> None:
    """Replies that agree on a time so many seconds after the beginning."""
    date = format_datetime(datetime.fromtimestamp(BEGAN + seconds, tz=UTC), usegmt=True)
    for _ in range(9):
        server.observe(date)


def seconds(watch: Stopwatch, name: str = "wait", *, on_machine: float | None = BEGAN) -> float:
    return watch.seconds_since(name, at_api=BEGAN, on_machine=on_machine)


@pytest.mark.parametrize(("own_jump", "api_jump"), [(0, 900), (93_600, 0), (93_600, 900), (-3_600, -900)])
def test_no_jump_is_time_that_has_passed(
    own: OwnClock, server: ServerClock, watch: Stopwatch, own_jump: float, api_jump: float
) -> None:
    """Once a wait has been looked at, neither clock's jump, nor both together, change how long it has lasted."""
    say(server, 0)
    assert seconds(watch) == 0
    own.seconds, own.set_ahead_seconds = 8.0, own_jump
    say(server, 8 + api_jump)
    assert seconds(watch) == 8


@pytest.mark.parametrize(("own_jump", "api_jump"), [(0, 900), (93_600, 0), (0, 40 * 86_400)])
def test_of_two_clocks_the_smaller_difference_counts(
    own: OwnClock, server: ServerClock, watch: Stopwatch, own_jump: float, api_jump: float
) -> None:
    """What another process began is reckoned by both clocks, so that one of them that is ahead ends no wait."""
    own.seconds, own.set_ahead_seconds = 60.0, own_jump
    say(server, 60 + api_jump)
    assert seconds(watch) == 60


def test_a_clock_that_is_behind_delays_only(own: OwnClock, server: ServerClock, watch: Stopwatch) -> None:
    """A clock that was set back makes a wait begin anew, and it ends all the same."""
    own.set_ahead_seconds = -3_600
    say(server, 30)
    assert seconds(watch) == 0
    own.seconds = 700.0
    assert seconds(watch) == 700


def test_rows_of_an_older_ledger(own: OwnClock, server: ServerClock, watch: Stopwatch) -> None:
    """Where the machine's time was not written down, the API's stands for it."""
    own.seconds = 60.0
    say(server, 960)
    assert seconds(watch, on_machine=None) == 60
