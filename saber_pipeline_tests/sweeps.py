"""Which cases of a sweep belong to the quick suite.

A sweep is one promise tried with many cases, each of which takes a second or more. ``make test`` takes a share of them,
chosen so that each value of each parameter is tried where that is possible; ``make test-all`` takes them all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pytest


def mark_slow_cases(items: Sequence[pytest.Item]) -> None:
    """Mark as ``slow`` what ``@pytest.mark.sweep`` does not keep; ``keep=…`` of its cases at most where it says so."""
    sweeps: dict[str, list[pytest.Function]] = defaultdict(list)
    for item in items:
        if item.get_closest_marker("sweep") is not None:
            assert isinstance(item, pytest.Function)
            sweeps[item.nodeid.partition("[")[0]].append(item)
    for cases in sweeps.values():
        marker = cases[0].get_closest_marker("sweep")
        assert marker is not None
        values = [{name: id(value) for name, value in case.callspec.params.items()} for case in cases]
        kept = share(values, marker.kwargs.get("keep", len(cases)))
        for number, case in enumerate(cases):
            if number not in kept:
                case.add_marker(pytest.mark.slow)


def share(cases: Sequence[Mapping[str, int]], keep: int) -> list[int]:
    """The numbers of the cases to keep. A case has a number for its value in each parameter.

    The next one is always the first of those with the most values that no kept case has, until there is none.
    """
    kept: list[int] = []
    tried: set[tuple[str, int]] = set()
    while len(kept) < keep:
        new = [len(set(case.items()) - tried) for case in cases]
        if not max(new, default=0):
            break
        best = new.index(max(new))
        kept.append(best)
        tried |= set(cases[best].items())
    return kept
