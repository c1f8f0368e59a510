"""Contenders are compared turn by turn."""

from __future__ import annotations

from benchmarks.benchmark import Finish
from benchmarks.command_cost import Cost
from benchmarks.turns import Turn, ratio, whole_cpu_seconds


def _finish(contender: str, seconds: float) -> Finish:
    return Finish(contender, 100, 0.0, Cost(seconds + 1, 2 * seconds, 50), 4, {"seconds_inside": seconds})


def _turn(**seconds: float) -> Turn:
    return {(contender, 0.0): _finish(contender, each) for contender, each in seconds.items()}


OURS, FLOORS = [("ours", 0.0)], [("http", 0.0), ("duckdb", 0.0)]


def test_a_ratio_is_the_median_of_the_turns_ratios() -> None:
    """A turn in a busy minute, three times as slow for all, changes nothing: it is compared with itself alone."""
    turns = [
        _turn(ours=2, http=0.5, duckdb=0.5),
        _turn(ours=9, http=1.5, duckdb=1.5),
        _turn(ours=2.2, http=0.6, duckdb=0.4),
    ]
    assert ratio(turns, OURS, FLOORS) == 2.2


def test_a_turn_without_one_of_the_ways_is_left_out() -> None:
    """A peer that ran once is compared with what ran in the same turn."""
    turns = [_turn(ours=2, peer=3), _turn(ours=1)]
    assert ratio(turns, [("peer", 0.0)], OURS) == 1.5


def test_the_whole_process_can_be_compared() -> None:
    """CPU seconds of the process, its start included, are another measure than the seconds of the work."""
    assert ratio([_turn(ours=2, peer=3)], [("peer", 0.0)], OURS, whole_cpu_seconds) == 1.5
    assert ratio([_turn(ours=2, peer=3)], OURS, [("peer", 0.0)], plus=1) == 0.5
