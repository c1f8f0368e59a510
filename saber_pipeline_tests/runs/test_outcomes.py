"""Outcomes are read from what landed since the run began, where that is all that can tell them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.planning.sql import PLANNING_SQL
from saber_pipeline.runs.outcomes import Outcome, settle_outcomes
from saber_pipeline.warehouse.session import open_warehouse
from saber_pipeline.warehouse.sql import read_sql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC).replace(tzinfo=None)
LONG_AGO = BEGAN - timedelta(days=40)
SIGNAL = """
    INSERT INTO signals BY NAME
    SELECT $id AS signal_id, 'q' AS question_id, $subject AS subject, 'completed' AS status, true AS answer_typed,
        $landed_at::TIMESTAMP AS landed_at, $landed_at::TIMESTAMP AS completed_at
"""


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse where nothing is open, skipped or held back, and an old answer is about another company."""
    with open_warehouse(DataPaths(tmp_path / "data")) as con:
        con.execute(read_sql("macros", PLANNING_SQL))
        for table, columns in {
            "open_pairs": "question_id VARCHAR, subject VARCHAR",
            "settled_pairs": "question_id VARCHAR, subject VARCHAR",
            "skipped_pairs": "question_id VARCHAR, subject VARCHAR, is_refusal BOOLEAN",
            "held_back_pairs": "question_id VARCHAR, subject VARCHAR",
            "held_back_questions": "question_id VARCHAR",
        }.items():
            con.execute(f"CREATE TEMP TABLE {table} ({columns})")
        con.execute(SIGNAL, {"id": "another", "subject": "other.com", "landed_at": LONG_AGO})
        yield con


def _outcomes(con: duckdb.DuckDBPyConnection, folder: Path, *known: str | None) -> dict[Outcome, int]:
    """Of one pair for each signal that the plan ``known``: a.com, b.com, …."""
    rows = ", ".join(
        f"('q', 'key', '{subject}.com', nullif('{signal or ''}', ''))"
        for subject, signal in zip("abc", known, strict=False)
    )
    file = folder / "candidates.parquet"
    con.execute(f"COPY (FROM (VALUES {rows}) AS c (question_id, question_key, subject, known_signal_id)) TO '{file}'")
    return dict(settle_outcomes(con, file, BEGAN))


@pytest.mark.parametrize("landed_at", [BEGAN + timedelta(hours=1), BEGAN - timedelta(hours=9), LONG_AGO])
def test_an_answer_counts_whenever_it_landed(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, landed_at: datetime
) -> None:
    """During the run, on a machine whose clock is behind, or long ago in a file that could not be read until now."""
    con.execute(SIGNAL, {"id": "1", "subject": "a.com", "landed_at": landed_at})
    assert _outcomes(con, tmp_path, None) == {Outcome.ANSWERED: 1}


def test_what_the_plan_knew_is_no_outcome(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """An older answer of a pair is seen to be the one that the plan had; a newer one counts."""
    con.execute(SIGNAL, {"id": "1", "subject": "a.com", "landed_at": LONG_AGO})
    con.execute(SIGNAL, {"id": "2", "subject": "b.com", "landed_at": LONG_AGO})
    con.execute(SIGNAL, {"id": "3", "subject": "b.com", "landed_at": BEGAN})
    con.execute(SIGNAL, {"id": "4", "subject": "c.com", "landed_at": BEGAN})
    assert _outcomes(con, tmp_path, "1", "2", None) == {Outcome.NOT_FINISHED: 1, Outcome.ANSWERED: 2}
