"""What a run shows of the pairs that it could not answer."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.planning.plan import Plan, Selection
from saber_pipeline.runs.highlights import FAILURES_SHOWN, Unanswered, take_highlights
from saber_pipeline.warehouse.session import open_warehouse

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

PLAN = Plan(Selection(("a", "b"), ()), (), Counter(), Counter())
SINCE = datetime(2026, 3, 1)  # noqa: DTZ001 - naive UTC, as the warehouse has it


def _prepare(con: duckdb.DuckDBPyConnection, outcomes: str) -> None:
    con.execute(f"CREATE TEMP TABLE outcomes_of_run AS {outcomes}")
    con.execute("CREATE TEMP TABLE asked_lists AS FROM (VALUES ('a'), ('b')) AS t (list)")


def test_each_list_shows_its_first_pairs_with_the_newest_reason(tmp_path: Path) -> None:
    with open_warehouse(DataPaths(tmp_path / "data")) as con:
        _prepare(
            con,
            """
            SELECT 'q' AS question_id, 'key' AS question_key, subject, outcome FROM (VALUES
                ('a.com', 'failed'), ('b.com', 'refused'), ('c.com', 'answered'), ('d.com', 'failed')
            ) AS t (subject, outcome)
            UNION ALL
            SELECT 'q', 'key', 'z' || format('{:03d}', number) || '.com', 'failed' FROM range(50) AS r (number)
            """,
        )
        con.execute(
            """
            CREATE TEMP TABLE list_members AS
            SELECT 'a' AS list, subject FROM outcomes_of_run
            UNION ALL VALUES ('b', 'a.com'), ('elsewhere', 'd.com')
            """
        )
        con.execute(
            """
            INSERT INTO signals BY NAME
            SELECT signal_id, 'a.com' AS subject, 'q' AS question_id, 'failed' AS status, error,
                completed_at::TIMESTAMP AS completed_at
            FROM (VALUES ('1', 'the older', '2026-03-02'), ('2', 'the newer', '2026-03-03'))
                AS t (signal_id, error, completed_at)
            """
        )
        con.execute(
            "INSERT INTO refusals BY NAME SELECT 'q' AS question_id, 'b.com' AS subject, 'not a company' AS reason"
        )
        shown = take_highlights(con, PLAN, since=SINCE).unanswered
    first = shown["a", "key"]
    assert first[:3] == [
        Unanswered("a.com", "failed", "the newer"),
        Unanswered("b.com", "refused", "not a company"),
        Unanswered("d.com", "failed", "no reason given"),
    ]
    assert len(first) == FAILURES_SHOWN
    assert [pair.subject for pair in first[3:]] == [f"z{number:03d}.com" for number in range(FAILURES_SHOWN - 3)]
    assert shown["b", "key"] == first[:1]
    assert shown.keys() == {("a", "key"), ("b", "key")}


@pytest.mark.slow
def test_hundreds_of_thousands_of_failed_pairs_need_little_memory(tmp_path: Path) -> None:
    """The reasons of all of them were gathered, of which a few are shown."""
    with open_warehouse(DataPaths(tmp_path / "data"), memory_limit="130MB") as con:
        _prepare(
            con,
            """
            SELECT md5((number % 10)::VARCHAR) AS question_id, 'key' || number % 10 AS question_key,
                'company' || number // 10 || '.com' AS subject, 'failed' AS outcome
            FROM range(300000) AS r (number)
            """,
        )
        con.execute("CREATE TEMP TABLE list_members AS SELECT DISTINCT 'a' AS list, subject FROM outcomes_of_run")
        con.execute(
            """
            INSERT INTO signals BY NAME
            SELECT uuid()::VARCHAR AS signal_id, question_id, subject, 'failed' AS status,
                'The research ended because of ' || uuid() || repeat(', which is told at length', 4) AS error,
                $since::TIMESTAMP AS completed_at
            FROM outcomes_of_run
            """,
            {"since": SINCE},
        )
        con.execute("CHECKPOINT")
        shown = take_highlights(con, PLAN, since=SINCE).unanswered
    assert {key: len(pairs) for key, pairs in shown.items()} == {("a", f"key{n}"): FAILURES_SHOWN for n in range(10)}
