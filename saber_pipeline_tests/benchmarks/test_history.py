"""The history of results says what became slower."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.history import add, compared, entries
from benchmarks.target import Target

TARGET = Target("race_20000_over_floors", "collect and load", 2.0, 1.6, "times")


def _record(at: str, commit: str, *targets: Target) -> dict[str, object]:
    records = [target.record for target in targets]
    return {"at": at, "commit": commit, "scale": "usual", "cores": 2, "load_average": [0.31, 0, 0], "targets": records}


def test_runs_stand_in_the_order_of_their_time(tmp_path: Path) -> None:
    """A run added later stands where its time belongs, and one that is added again replaces itself."""
    file = tmp_path / "history.jsonl"
    add(_record("2026-11-26", "b", TARGET), file)
    add(_record("2026-11-25", "a", TARGET), file)
    add(_record("2026-11-26", "b", replace(TARGET, measured=1.5)), file)
    assert [(entry["commit"], entry["measured"][TARGET.key]) for entry in entries(file)] == [("a", 2.0), ("b", 1.5)]


@pytest.mark.parametrize(
    ("at_least", "measured", "said"),
    [
        (False, 2.1, "before 2 at b"),
        (False, 2.4, "WORSE than 2 at b"),
        (True, 2.4, "before 2 at b"),
        (True, 1.6, "WORSE than 2 at b"),
    ],
)
def test_what_is_clearly_worse_is_said(tmp_path: Path, at_least: bool, measured: float, said: str) -> None:
    """A target is held against the newest run that measured it, in the direction in which it is meant."""
    file = tmp_path / "history.jsonl"
    add(_record("2026-11-25", "a", replace(TARGET, measured=9)), file)
    add(_record("2026-11-26", "b", TARGET), file)
    add(_record("2026-11-27", "c"), file)
    now = replace(TARGET, measured=measured, at_least=at_least)
    assert compared(now, entries(file)) == said
    assert compared(replace(now, key="new"), entries(file)) == ""
