"""What people look at first when a run is over: what answers say, what failed and why, how fast it went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeVar

import duckdb

from saber_pipeline.planning.plan import Plan
from saber_pipeline.runs.sql import RUNS_SQL
from saber_pipeline.warehouse.sql import read_sql

Row = TypeVar("Row")

VALUES_SHOWN = 10
FAILURES_SHOWN = 20


class Unanswered(NamedTuple):
    """A pair without an answer: ``outcome`` is failed or refused."""

    subject: str
    outcome: str
    reason: str


@dataclass(frozen=True)
class Highlights:
    """By list and question: the most frequent values with their numbers, and some failed or refused pairs.

    ``completed``: how many answers of the run completed in which second (naive UTC).
    """

    values: Mapping[tuple[str, str], list[tuple[str, int]]] = field(default_factory=dict)
    unanswered: Mapping[tuple[str, str], list[Unanswered]] = field(default_factory=dict)
    completed: list[tuple[datetime, int]] = field(default_factory=list)


def take_highlights(con: duckdb.DuckDBPyConnection, plan: Plan, *, since: datetime) -> Highlights:
    """Read them from the loaded warehouse on ``con``, after ``count_outcomes``; ``since``: when the run began."""
    keys = [question.key for question in plan.selection.questions]
    values = con.execute(read_sql("highlights_values", RUNS_SQL), {"keys": keys, "most": VALUES_SHOWN}).fetchall()
    unanswered = con.execute(read_sql("highlights_failures", RUNS_SQL), {"most": FAILURES_SHOWN}).fetchall()
    completed = con.execute(read_sql("highlights_completed", RUNS_SQL), {"since": since}).fetchall()
    return Highlights(
        values=_grouped((row[0], row[1], (row[2], row[3])) for row in values),
        unanswered=_grouped((row[0], row[1], Unanswered(*row[2:])) for row in unanswered),
        completed=completed,
    )


def _grouped(rows: Iterable[tuple[str, str, Row]]) -> Mapping[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for list_name, key, row in rows:
        found[list_name, key].append(row)
    return dict(found)
