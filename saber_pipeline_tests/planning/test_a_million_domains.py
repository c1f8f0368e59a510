"""A plan of 1,000,000 domains and 5,000,000 owned answers, in the memory that DuckDB is given."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from benchmarks.parts.planning import FULL, fill_warehouse
from benchmarks.questions import QUESTIONS
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.planning.plan import PlanRules, Selection, Status, make_plan
from saber_pipeline.warehouse.session import warehouse_session

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
def test_it_needs_no_more_memory_than_a_run_has(tmp_path: Path) -> None:
    """Joining and counting in one statement ran out of it with DuckDB 2.0.1, and not with 2.0.0."""
    paths = DataPaths(tmp_path)
    fill_warehouse(paths, FULL)
    ledger = Ledger.open(paths.ledger_file)
    rules = PlanRules(datetime.now(UTC), cache_hours=12, stuck_after_hours=24)
    with warehouse_session(paths) as session, ledger.reading() as connection:
        plan = make_plan(session.con, connection, Selection(("bench",), QUESTIONS), rules, live_runs=())
    ledger.close()
    assert plan.totals[Status.OWNED] == FULL.owned
    assert plan.totals[Status.DUE] == FULL.domains * len(QUESTIONS) - FULL.owned
