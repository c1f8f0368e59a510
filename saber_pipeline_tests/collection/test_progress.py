"""What a run says of the time that is left."""

from __future__ import annotations

import pytest

from saber_pipeline.collection.progress import Lately, Progress


def test_the_rate_is_that_of_late() -> None:
    """600 pairs in the first ten seconds say nothing about 60 that then come one by one, five seconds each."""
    lately = Lately()
    lately.progress(600, 660, 10.0)
    for done in range(1, 31):
        progress = lately.progress(600 + done, 660, 10.0 + 5.0 * done)
    assert progress.rate_per_minute == pytest.approx(12, rel=0.1)
    assert progress.seconds_left == pytest.approx(150, rel=0.1)


def test_nothing_is_promised_while_nothing_comes() -> None:
    """Where no pair has ended for a third of the time, the rest has no time: earlier ones do not count any more."""
    lately = Lately()
    for seconds in range(0, 600, 5):
        progress = lately.progress(600, 660, float(seconds))
    assert progress.seconds_left is None
    assert str(progress) == "600 of 660 pairs done after 10 min"


def test_an_even_rate_stays_what_it_is() -> None:
    """Where pairs come evenly, the last third tells the same as all of it."""
    lately = Lately()
    for second in range(1, 901):
        progress = lately.progress(second, 1_800, float(second))
    assert progress.seconds_left == pytest.approx(900, rel=0.02)
    assert Progress(10, 20, 10.0).seconds_left == pytest.approx(10)
