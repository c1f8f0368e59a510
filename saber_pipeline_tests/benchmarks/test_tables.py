"""The tables of docs/performance.md come from results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.contender_names import NAMES
from benchmarks.parts import race
from benchmarks.tables import PAGE, TABLES, write_tables
from benchmarks.target import Target

HEAD = {"at": "2026-11-30T01:00:00+00:00", "commit": "abcdef1", "cores": 2, "load_average": [0.25, 0, 0]}
TARGET = Target("key", "collect and load", 1.234, 1.6, "times", how="2 s")


def _finish(contender: str, seconds: float, latency: float = 0.0) -> dict[str, Any]:
    cost = {"seconds": seconds + 1, "cpu_seconds": seconds + 2, "peak_megabytes": 100 * seconds}
    reported = {"seconds_inside": seconds, "cpu_seconds_inside": seconds}
    return {
        "contender": contender,
        "signals": 20_000,
        "latency_milliseconds": latency,
        "cost": cost,
        "requests": 800,
        "reported": reported,
    }


def test_a_table_replaces_the_one_before_and_nothing_else(tmp_path: Path) -> None:
    """What stands around a place stays, and so does a place that was not measured; writing twice is writing once."""
    page = tmp_path / "page.md"
    page.write_text(
        "before\n\n<!-- measured:race -->\nold\n<!-- /measured:race -->\n\nbetween\n\n"
        "<!-- measured:large -->\nkept\n<!-- /measured:large -->\n\n"
        "<!-- measured:targets -->\n<!-- /measured:targets -->\nafter\n"
    )
    finishes = [_finish("ours", 2), _finish("ours", 3), _finish("ours", 9), _finish("http_alone", 0.5)]
    record = {**HEAD, "race": {"finishes": finishes}, "targets": [TARGET.record]}
    assert write_tables([record], page) == ["race", "targets"]
    text = page.read_text()
    assert text.startswith("before\n\n<!-- measured:race -->\nCommit `abcdef1`, 2026-11-30, 2 cores, a load of 0.2 ")
    assert "| this project, in process | 3 | 3.00 | 3.00 | 4.00 | 5.00 | 1.00 | 900 MB | 800 |\n" in text
    assert "| HTTP alone, with our client | 1 | 0.50 | 0.50 | 1.50 | 2.50 | 0.50 | 50 MB | 800 |\n" in text
    assert "<!-- /measured:race -->\n\nbetween\n\n<!-- measured:large -->\nkept\n<!-- /measured:large -->" in text
    assert "1 of 1 are met." in text
    assert "| collect and load | 1.23 times | at most 1.6 | yes | 2 s | `abcdef1` |" in text
    assert "old" not in text
    assert text.endswith("\nafter\n")
    write_tables([record], page)
    assert page.read_text() == text


def test_of_two_results_the_later_one_wins(tmp_path: Path) -> None:
    """A part that was run again replaces its targets, and each target names its commit."""
    page = tmp_path / "page.md"
    page.write_text("<!-- measured:targets -->\n<!-- /measured:targets -->\n")
    second = {**HEAD, "commit": "1234567", "targets": [{**TARGET.record, "measured": 1.9, "is_met": False}]}
    other = Target("other", "memory", 250, 300, "MB")
    write_tables([{**HEAD, "targets": [TARGET.record, other.record]}, second], page)
    assert "1 of 2 are met." in page.read_text()
    assert "| collect and load | 1.9 times | at most 1.6 | **no** | 2 s | `1234567` |" in page.read_text()
    assert "| memory | 250 MB | at most 300 | yes | - | `abcdef1` |" in page.read_text()


def test_a_page_without_a_place_is_refused(tmp_path: Path) -> None:
    """A table that has no place is no table that was written."""
    page = tmp_path / "page.md"
    page.write_text("nothing\n")
    with pytest.raises(ValueError, match="no place for this part: <!-- measured:targets -->"):
        write_tables([{**HEAD, "targets": []}], page)


def test_the_page_has_a_place_for_every_table() -> None:
    """``python -m benchmarks.tables`` can write whatever a result holds."""
    text = PAGE.read_text("utf-8")
    for name in TABLES:
        assert text.count(f"<!-- measured:{name} -->\n") == text.count(f"<!-- /measured:{name} -->") == 1, name


def test_every_way_has_a_name() -> None:
    """A contender of the race is called by what it is, in tables and plots."""
    contenders = {*race.FLOORS, race.FASTEST, *race.PEERS, "ours", "earlier", "dagster"}
    assert contenders == set(NAMES)


def test_every_target_can_be_kept() -> None:
    """A target's record is JSON that says whether it is met."""
    assert json.loads(json.dumps(TARGET.record))["is_met"] is True
