"""A load reads what is as old as its own signals, not all that is owned; and still knows each signal again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest

from saber_pipeline.warehouse.load import load_landed
from saber_pipeline_tests.warehouse.signals import boolean, land, raw_signal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from saber_pipeline_tests.warehouse.conftest import OpenWarehouse

OWNED = 60_000
GROUP = 10_240
OLD_ONES = f"""
    INSERT INTO signals BY NAME
    SELECT
        md5(i::VARCHAR) AS signal_id, 'company' AS subject_type, 'company' || i || '.com' AS subject,
        'completed' AS status, TIMESTAMP '2025-03-01' + to_minutes(i) AS created_at, 'of nobody' AS question_id
    FROM range({OWNED}) AS numbers (i)
"""  # noqa: S608 - a constant


class Counting:
    """A connection that says of each statement how many rows of ``signals`` it has read, as DuckDB's profile tells."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._con = con
        self._profile = folder / "profile.json"
        self._statement = ""
        self.read: list[tuple[int, str]] = []
        con.execute("PRAGMA enable_profiling = 'json'")
        con.execute(f"PRAGMA profiling_output = '{self._profile}'")

    def execute(self, statement: str, *parameters: Any) -> duckdb.DuckDBPyConnection:
        """Note what the statement before has read, and execute this one."""
        self.note()
        self._statement = statement
        return self._con.execute(statement, *parameters)

    def note(self) -> None:
        """Note what the last statement has read."""
        if self._profile.exists():
            read = sum(_rows_of_signals(json.loads(self._profile.read_text() or "{}")))
            self._profile.unlink()
            if read:
                self.read.append((read, self._statement))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)


def _rows_of_signals(node: Any) -> Iterator[int]:
    if isinstance(node, dict):
        if str(node.get("extra_info", {}).get("Table", "")).endswith("main.signals"):
            yield node.get("rows_scanned", 0)
        for inner in node.values():
            yield from _rows_of_signals(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _rows_of_signals(inner)


def _read_by_a_load(warehouse: OpenWarehouse, folder: Path, stem: str, **fields: Any) -> int:
    ids = [f"{n % 16:x} {stem} {n}" for n in range(20)]  # among the others: what lies beyond them is never looked for
    land(warehouse.paths, stem, [raw_signal(signal_id, boolean(value=True), **fields) for signal_id in ids])
    counting = Counting(warehouse.con, folder)
    assert load_landed(cast("duckdb.DuckDBPyConnection", counting), warehouse.paths).signals_new == 20
    counting.note()
    warehouse.con.execute("PRAGMA disable_profiling")
    return sum(rows for rows, _ in counting.read)


def test_a_load_reads_no_old_signals(warehouse: OpenWarehouse, tmp_path: Path) -> None:
    """Of 60,000 signals that are older than those of the load, not even one group is read; without times, all are."""
    warehouse.con.execute(OLD_ONES)
    warehouse.con.execute("CHECKPOINT")
    assert _read_by_a_load(warehouse, tmp_path, "a") < GROUP
    among = {"createdAt": "2025-03-20T00:00:00Z"}
    assert 0 < _read_by_a_load(warehouse, tmp_path, "b", **among) <= 3 * GROUP
    assert _read_by_a_load(warehouse, tmp_path, "c", createdAt=None) >= OWNED


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2026-01-31T11:59:00Z", "2026-01-31T11:59:00Z"),
        ("2026-01-31T11:59:00.123456Z", "2026-01-31T11:59:00Z"),
        ("2026-01-31T23:59:00", "2026-01-31T23:59:00-12:00"),
        (None, "2026-01-31T11:59:00Z"),
        ("2026-01-31T11:59:00Z", None),
        ("2026-01-31T11:59:00Z", "yesterday"),
        ("yesterday", "2026-01-31T11:59:00Z"),
        ("0001-01-01T00:00:00Z", "2026-01-31T11:59:00Z"),
        ("9999-12-31T23:59:59Z", "2026-01-31T11:59:00Z"),
        ("2026-01-31T11:59:00Z", "9999-12-31T23:59:59Z"),
        ("2026-01-31T11:59:00Z", "294247-01-10T04:00:54Z"),
        ("2026-01-31T11:59:00Z", "infinity"),
        (0, "2026-01-31T11:59:00Z"),
    ],
)
def test_a_signal_is_known_again(shared: OpenWarehouse, before: Any, after: Any) -> None:
    """Whichever times the two sightings tell, and whether they tell any: it is one signal, in its newer state."""
    stem = f"{before} {after}".replace(":", "").replace(".", "")
    about = {"domain": "known.example"}
    land(shared.paths, f"{stem} 1", [raw_signal(stem, None, status="processing", createdAt=before, **about)])
    assert shared.load() == (1, 0, 0, 0)
    land(shared.paths, f"{stem} 2", [raw_signal(stem, boolean(value=True), createdAt=after, **about)])
    assert shared.load() == (0, 1, 0, 0)
    query = f"SELECT status FROM signals WHERE signal_id = '{stem}'"  # noqa: S608 - our own text
    assert shared.rows(query) == [("completed",)]
