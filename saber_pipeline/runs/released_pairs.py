"""Pairs that wait for answers of their own run: bought company by company, as these answers come.

The plan decides what is to be bought, here as everywhere: it is made again from what has landed, and of the pairs
that have waited those that it calls due now are claimed. Nothing is remembered but which pairs still wait, so a run
that dies in between leaves nothing to repair: the next one plans from the same answers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import duckdb
import sqlalchemy as sa

from saber_pipeline.errors import SpendingError
from saber_pipeline.ledger.claims import Candidate, Pair, claim, claim_forced, end_unbought, force_twins
from saber_pipeline.ledger.pair_subjects import await_subjects
from saber_pipeline.ledger.questions import cache_twins
from saber_pipeline.planning.plan import Plan, Status, candidate_subjects, candidates
from saber_pipeline.runs.publication import load_everything
from saber_pipeline.runs.run_state import RunState
from saber_pipeline.runs.spending_guard import guard_claims
from saber_pipeline.runs.sql import RUNS_SQL
from saber_pipeline.warehouse.session import WarehouseSession
from saber_pipeline.warehouse.sql import literal, read_sql

logger = logging.getLogger(__name__)

ENOUGH_PAIRS = 500
"""So many outcomes since the last time are worth planning again at once,"""
PATIENCE_SECONDS = 10.0
"""and any at all after so long."""
LOAD_SHARE = 10.0
"""Planning again takes no more than a tenth of the time: a large list takes seconds to plan."""


def keep_pairs(con: duckdb.DuckDBPyConnection, statuses: Sequence[str], file: Path) -> None:
    """Write the pairs of the plan with one of these statuses to a Parquet file."""
    wanted = ", ".join(literal(status) for status in statuses)
    pairs = f"SELECT question_id, subject FROM plan WHERE status IN ({wanted})"  # noqa: S608 - quoted
    con.execute(f"COPY ({pairs}) TO {literal(str(file))} (FORMAT parquet)")


def claim_due(
    run: RunState, connection: sa.Connection, con: duckdb.DuckDBPyConnection, waiting: Iterable[Candidate] = ()
) -> None:
    """Claim what is due by the plan on ``con``; by force also what others have in flight, and what is ``waiting``."""
    if run.request.selection.force_refresh:
        claim_forced(connection, run.run_id, candidates(con), waiting)
        end_unbought(connection, (Pair(c.question_id, c.subject) for c in candidates(con, [Status.HELD_BACK])))
    else:
        # What others have in flight comes free, if at all, for the next round, which plans anew.
        claim(connection, run.run_id, candidates(con, [Status.DUE]))
    force_twins(connection, cache_twins(connection, run.request.selection.questions))


class Releaser:
    """For one run. ``is_due`` says when ``release`` is worth its time.

    ``stopped_by`` is why it releases nothing more: the rest is not covered by the balance or a limit.
    """

    def __init__(
        self, run: RunState, first_plan: Plan, *, plan_again: Callable[[RunState, duckdb.DuckDBPyConnection], Plan]
    ) -> None:
        self.stopped_by: SpendingError | None = None
        self._run = run
        self._plan_again = plan_again
        self._waiting = first_plan.totals[Status.WAITING]
        self._remaining: int | None = None  # awaited when it last released
        self._released_at = run.clock.monotonic()
        self._took_seconds = 0.0

    def begin(self) -> None:
        """A round of buying begins: what is awaited is counted anew."""
        self._remaining = None

    def is_due(self, remaining: int) -> bool:
        """Whether outcomes have come, ``remaining`` pairs being awaited still, that are worth planning again for."""
        if not self._waiting or self.stopped_by is not None:
            return False
        if self._remaining is None:
            self._remaining = remaining
            return not remaining
        settled = self._remaining - remaining
        if not remaining:
            return settled > 0
        elapsed = self._run.clock.monotonic() - self._released_at
        is_enough = settled >= ENOUGH_PAIRS or (settled > 0 and elapsed >= PATIENCE_SECONDS)
        return is_enough and elapsed >= LOAD_SHARE * self._took_seconds

    def release(self, remaining: int, *, in_this_round: int) -> bool:
        """Claim what has waited and is due now; whether there is anything new to send or to follow.

        ``remaining`` pairs are awaited, ``in_this_round`` signals were bought since it began.
        """
        run, began = self._run, self._run.clock.monotonic()
        with run.background_loader.session() as session:
            load_everything(session, run.questions)
            plan = self._plan_again(run, session.con)
            con = session.con
            con.execute(read_sql("only_candidates", RUNS_SQL), {"candidates": str(run.waiting_file)})
            keep_pairs(con, ["held_back"], run.held_back_file)
            new = self._claim(session, plan, in_this_round)
            if new is None:
                return False
            still = run.waiting_file.with_suffix(".new")
            # Those held back stay in the file: the next time they are written with the others that are.
            keep_pairs(con, ["waiting", "held_back"], still)
            still.replace(run.waiting_file)
            ((self._waiting,),) = con.execute("SELECT count(*) FROM plan WHERE status = 'waiting'").fetchall()
        self._remaining = remaining + new
        self._released_at = run.clock.monotonic()
        self._took_seconds = self._released_at - began
        return new > 0

    def _claim(self, session: WarehouseSession, plan: Plan, in_this_round: int) -> int | None:
        """How many pairs are awaited now that were not; None where the credits do not cover them."""
        run, con = self._run, session.con
        ((new,),) = con.execute("SELECT count(*) FROM plan WHERE status IN ('due', 'in_flight')").fetchall()
        try:
            with run.ledger.transaction() as connection:
                session.hold.check()
                claim_due(run, connection, con)
                await_subjects(connection, run.run_id, candidate_subjects(con))
                if new:
                    logger.info("%s pairs waited for answers that have arrived.", f"{new:,}")
                    guard_claims(run, connection, plan, in_this_round=in_this_round)
        except SpendingError as error:
            logger.warning("%s The run still collects what it bought before.", error)
            self.stopped_by = error
            return None
        return int(new)
