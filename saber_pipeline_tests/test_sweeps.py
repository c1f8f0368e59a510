"""The quick suite's share of a sweep."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from saber_pipeline_tests.sweeps import share

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("lengths", [(1,), (6,), (6, 2), (2, 6), (3, 3, 2), (2, 2, 6)], ids=str)
def test_every_value_is_tried(lengths: tuple[int, ...]) -> None:
    """Each value of each parameter is in a kept case, and there are no more cases than the longest parameter needs."""
    cases = [{str(place): value for place, value in enumerate(case)} for case in product(*map(range, lengths))]
    kept = share(cases, len(cases))
    assert {pair for number in kept for pair in cases[number].items()} == {
        pair for case in cases for pair in case.items()
    }
    assert len(kept) == max(lengths)


def test_as_many_as_are_asked_for() -> None:
    """A sweep may keep fewer than that, and always keeps its first case."""
    cases = [{"a": value} for value in range(9)]
    assert share(cases, 3) == [0, 1, 2]
    assert share(cases, 1) == [0]


def test_nothing_is_left_out_of_both() -> None:
    """``.ci/run`` runs what ``make test`` takes and then what it leaves out: the same marker decides both."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    quick, everything = (
        re.search(rf"^{target}:.*\n\t(.+)$", makefile, re.MULTILINE) for target in ("test", "test-all")
    )
    assert quick is not None
    assert everything is not None
    assert '-m "not slow"' in quick[1]
    assert " -m " not in everything[1].replace("python -m pytest", "")
    commands = [line for line in (ROOT / ".ci" / "run").read_text("utf-8").splitlines() if line.startswith("make ")]
    assert commands[:2] == ["make test", 'make test-all ARGS="-m slow"']
