"""Which researches the warehouse holds, and reading again what was lost from landing."""

from __future__ import annotations

import logging

import duckdb
import sqlalchemy as sa

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.settings import Settings
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.ledger.tables import ResearchState
from saber_pipeline.runs.publication import load_everything
from saber_pipeline.runs.research.research_state import ResearchRun
from saber_pipeline.warehouse.session import read_warehouse, warehouse_session

logger = logging.getLogger(__name__)


def researches_there(run: ResearchRun) -> set[str]:
    """The ids of the researches in the warehouse, as it was loaded last."""
    with read_warehouse(run.paths, memory_limit=run.settings.duckdb_memory_limit) as con:
        return _ids(con) if con is not None else set()


def reopen_what_is_gone(ledger: Ledger, settings: Settings, questions: tuple[Question, ...]) -> None:
    """Put researches back in flight whose landed result is gone: the run reads them from the API again, for nothing.

    Results go when a landed file is moved away; the ledger knows what was in it.
    """
    c = t.researches.c
    began = ledger.now()
    paths = DataPaths.of(settings)
    with warehouse_session(paths, memory_limit=settings.duckdb_memory_limit) as session:
        load_everything(session, questions)
        there = _ids(session.con)
    with ledger.transaction() as connection:
        query = sa.select(c.number, c.research_id).where(c.state == ResearchState.ENDED, c.ended_at < began)
        gone = [number for number, research_id in connection.execute(query) if research_id not in there]
        for number in gone:
            connection.execute(
                sa.update(t.researches).where(c.number == number).values(state=ResearchState.ACCEPTED, ended_at=None)
            )
    if gone:
        logger.warning(
            "%s researches are no longer in landing. The run reads them from the API again.", f"{len(gone):,}"
        )


def _ids(con: duckdb.DuckDBPyConnection) -> set[str]:
    rows = con.execute("SELECT research_id FROM contact_research_profiles").fetchall()
    return {research_id for (research_id,) in rows}
