"""Medians of pairs: contenders that run in turn are compared turn by turn, so that a busy minute is busy for both."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from benchmarks.benchmark import Finish

Entrant = tuple[str, float]
"""An entrant of a turn: a contender and its latency in milliseconds."""

Turn = dict[Entrant, Finish]


def seconds(finish: Finish) -> float:
    """Seconds of the work itself where the contender tells them, else of its process."""
    return float(finish.reported.get("seconds_inside", finish.cost.seconds))


def cpu_seconds(finish: Finish) -> float:
    """The same in seconds of CPU."""
    return float(finish.reported.get("cpu_seconds_inside", finish.cost.cpu_seconds))


def whole_seconds(finish: Finish) -> float:
    """Seconds of the whole process, its start included."""
    return finish.cost.seconds


def whole_cpu_seconds(finish: Finish) -> float:
    """The same in seconds of CPU."""
    return finish.cost.cpu_seconds


def ratio(
    turns: Sequence[Turn],
    above: Sequence[Entrant],
    below: Sequence[Entrant],
    of: Callable[[Finish], float] = seconds,
    *,
    plus: float = 0,
) -> float:
    """The median over all turns that ran all of them: ``above`` together over ``below`` together and ``plus``."""
    return statistics.median(
        sum(of(turn[contender]) for contender in above) / (sum(of(turn[contender]) for contender in below) + plus)
        for turn in turns
        if all(contender in turn for contender in (*above, *below))
    )


def median_of(turns: Sequence[Turn], contender: Entrant, of: Callable[[Finish], float] = seconds) -> float:
    """The median of one contender."""
    return statistics.median(of(turn[contender]) for turn in turns if contender in turn)


def ran(turns: Sequence[Turn], *contenders: Entrant) -> int:
    """How many turns ran all of ``contenders``."""
    return sum(all(contender in turn for contender in contenders) for turn in turns)
