"""The failed pairs of a plan: the reasons, and the times of their retries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.planning.sql import PLANNING_SQL
from saber_pipeline.warehouse.sql import read_sql

if TYPE_CHECKING:
    from datetime import datetime

    import duckdb

LINKEDIN_REQUIRED = "LINKEDIN_CONNECTOR_REQUIRED"


@dataclass(frozen=True)
class FailedPairs:
    """Pairs of one question whose last attempt failed for the same reason; each pair counts once.

    ``reason``: the API's code, or ``no answer`` for signals that never ended. ``message`` and ``error_action``: the
    API's most frequent ones. ``due``: pairs that the next run retries. ``first_retry`` and ``last_retry``, naive UTC:
    when the first and the last of the other pairs become due. ``never``: pairs that are not retried automatically.
    """

    question_key: str
    reason: str
    message: str | None
    error_action: str | None
    pairs: int
    due: int
    first_retry: datetime | None
    last_retry: datetime | None
    never: int

    @property
    def tried_again(self) -> str:
        """The times of the retries, in words."""
        when = {
            "by the next run": self.due,
            self._later(): self.pairs - self.due - self.never,
            self._never(): self.never,
        }
        there = {words: pairs for words, pairs in when.items() if pairs}
        return ", ".join(words if len(there) == 1 else f"{pairs:,} {words}" for words, pairs in there.items())

    def _later(self) -> str:
        if self.first_retry is None or self.last_retry is None:
            return ""
        first, last = f"{self.first_retry:%Y-%m-%d %H:%M}", f"{self.last_retry:%Y-%m-%d %H:%M}"
        return f"by a run after {last} UTC" if first == last else f"by runs from {first} to {last} UTC on"

    def _never(self) -> str:
        if self.reason == LINKEDIN_REQUIRED:
            return "once Saber is connected to LinkedIn"
        return "only with --force-refresh"


def failed_pairs(con: duckdb.DuckDBPyConnection) -> tuple[FailedPairs, ...]:
    """The failed pairs of the plan on ``con`` (see ``make_plan``), by question; the most frequent reasons first."""
    if not con.execute("FROM retries LIMIT 1").fetchall():
        return ()  # as in most plans: the statement takes 7 ms also where it finds nothing
    return tuple(FailedPairs(*row) for row in con.execute(read_sql("failed_pairs", PLANNING_SQL)).fetchall())


def waits_for_linkedin(con: duckdb.DuckDBPyConnection) -> int:
    """The number of pairs of the plan on ``con`` that failed for lack of a LinkedIn connection and wait for one."""
    ((pairs,),) = con.execute(read_sql("waits_for_linkedin", PLANNING_SQL)).fetchall()
    return int(pairs)
