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


def _without_ledger(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(read_sql("macros", PLANNING_SQL))
    for table, columns in {
        "open_pairs": "question_id VARCHAR, subject VARCHAR",
        "settled_pairs": "question_id VARCHAR, subject VARCHAR",
        "skipped_pairs": "question_id VARCHAR, subject VARCHAR, is_refusal BOOLEAN",
        "held_back_pairs": "question_id VARCHAR, subject VARCHAR",
        "held_back_questions": "question_id VARCHAR",
    }.items():
        con.execute(f"CREATE TEMP TABLE {table} ({columns})")


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse where nothing is open, skipped or held back, and an old answer is about another company."""
    with open_warehouse(DataPaths(tmp_path / "data")) as con:
        _without_ledger(con)
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


@pytest.mark.slow
def test_hundreds_of_thousands_of_pairs_need_little_memory(tmp_path: Path) -> None:
    """A run of 300,000 ended without its outcomes: whole signals in groups by name took more than DuckDB is given."""
    pairs, file = 300_000, tmp_path / "candidates.parquet"
    with open_warehouse(DataPaths(tmp_path / "data"), memory_limit="150MB") as con:
        _without_ledger(con)
        con.execute(
            """
            INSERT INTO signals BY NAME
            SELECT uuid()::VARCHAR AS signal_id, md5((number % 10)::VARCHAR) AS question_id,
                'company' || number // 10 || '.com' AS subject, 'completed' AS status, true AS answer_typed,
                $began::TIMESTAMP + INTERVAL 1 MINUTE AS landed_at, landed_at AS completed_at
            FROM range($pairs) AS r (number)
            """,
            {"began": BEGAN, "pairs": pairs},
        )
        con.execute("INSERT INTO settled_pairs SELECT question_id, subject FROM signals")
        con.execute(
            "CREATE TEMP TABLE c AS FROM signals "
            "SELECT question_id, 'key' AS question_key, subject, NULL::VARCHAR AS known_signal_id"
        )
        con.execute(f"COPY c TO '{file}'")
        con.execute("DROP TABLE c")
        con.execute("CHECKPOINT")
        assert dict(settle_outcomes(con, file, BEGAN)) == {Outcome.ANSWERED: pairs}


def test_of_several_signals_the_newest_counts(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Most pairs have one signal, and are not asked which is the newest."""
    landed = BEGAN + timedelta(hours=1)
    for subject, failed_at in {"a.com": landed - timedelta(minutes=5), "b.com": landed + timedelta(minutes=5)}.items():
        con.execute(SIGNAL, {"id": f"completed {subject}", "subject": subject, "landed_at": landed})
        con.execute(SIGNAL, {"id": f"failed {subject}", "subject": subject, "landed_at": landed})
        con.execute(
            "UPDATE signals SET status = 'failed', answer_typed = NULL, completed_at = $at WHERE signal_id = $id",
            {"at": failed_at, "id": f"failed {subject}"},
        )
    con.execute("INSERT INTO settled_pairs VALUES ('q', 'a.com'), ('q', 'b.com')")
    assert _outcomes(con, tmp_path, None, None) == {Outcome.ANSWERED: 1, Outcome.FAILED: 1}
