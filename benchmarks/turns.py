"""Medians of pairs: ways that run in turn are compared turn by turn, so that a busy minute is busy for both."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from benchmarks.course import Finish

Way = tuple[str, float]
"""A way and its latency in milliseconds."""

Turn = dict[Way, Finish]


def seconds(finish: Finish) -> float:
    """Seconds of the work itself where the way tells them, else of its process."""
    return float(finish.told.get("seconds_inside", finish.cost.seconds))


def cpu_seconds(finish: Finish) -> float:
    """The same in seconds of CPU."""
    return float(finish.told.get("cpu_seconds_inside", finish.cost.cpu_seconds))


def whole_seconds(finish: Finish) -> float:
    """Seconds of the whole process, its start included."""
    return finish.cost.seconds


def whole_cpu_seconds(finish: Finish) -> float:
    """The same in seconds of CPU."""
    return finish.cost.cpu_seconds


def ratio(
    turns: Sequence[Turn],
    above: Sequence[Way],
    below: Sequence[Way],
    of: Callable[[Finish], float] = seconds,
    *,
    plus: float = 0,
) -> float:
    """The median over all turns that ran all of them: ``above`` together over ``below`` together and ``plus``."""
    return statistics.median(
        sum(of(turn[way]) for way in above) / (sum(of(turn[way]) for way in below) + plus)
        for turn in turns
        if all(way in turn for way in (*above, *below))
    )


def median_of(turns: Sequence[Turn], way: Way, of: Callable[[Finish], float] = seconds) -> float:
    """The median of one way."""
    return statistics.median(of(turn[way]) for turn in turns if way in turn)


def ran(turns: Sequence[Turn], *ways: Way) -> int:
    """How many turns ran all of ``ways``."""
    return sum(all(way in turn for way in ways) for turn in turns)
