"""Finds events in the ledger, at the API and in the published answers, and turns them into alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import duckdb
import sqlalchemy as sa

from saber_pipeline.alerts.sql import ALERTS_SQL
from saber_pipeline.config.questions.question import Question
from saber_pipeline.foreign_text import one_line
from saber_pipeline.ledger.alerts import Alert, known_tiers, note_tiers
from saber_pipeline.ledger.store import get_value, set_value
from saber_pipeline.planning.ledger_temp_tables import create_temp_table
from saber_pipeline.planning.monthly_budget import MonthBudget
from saber_pipeline.warehouse.sql import read_sql

IMPORTANT = "important"
MOST_ITEMS = 20
"""The number of accounts or changes listed in one alert; the alert also has their total."""

NAMED_IN_TEXT = 10
LONGEST_VALUE = 200
LOW_KEY = "alerts_credits_low"
ORDER = ("disqualified", "D", "C", "B", "A")
SLICE_ROWS = 10_000


@dataclass(frozen=True)
class FailedRun:
    """A run that ended in failure; ``why`` is the run's own description."""

    run_id: str
    job: str
    ended_at: float
    why: str
    partition: str | None = None


def failed_runs(runs: Iterable[FailedRun]) -> Iterator[Alert]:
    for run in runs:
        about = "" if run.partition is None else f" for {run.partition}"
        yield Alert(
            f"failed_run:{run.run_id}",
            "failed_run",
            f"Run {run.run_id[:8]} of {run.job}{about} failed: {run.why}",
            {
                "run_id": run.run_id,
                "job": run.job,
                "partition": run.partition,
                "ended_at": datetime.fromtimestamp(run.ended_at, tz=UTC).isoformat(timespec="seconds"),
                "why": one_line(run.why, 1_000),
            },
        )


def budgets(budget: MonthBudget) -> Iterator[Alert]:
    """One alert in a month for each budget of which 80 % is spent; a changed budget counts as a new one."""
    for name, allowance in budget.nearly_used_up:
        yield Alert(
            f"budget:{budget.month.name}:{name}:{allowance.limit}",
            "budget",
            f"{name}: {allowance} in {budget.month.name}.",
            {
                "budget": name,
                "month": budget.month.name,
                "limit": allowance.limit,
                "spent": float(allowance.spent),
                "reserved": float(allowance.reserved),
            },
        )


def low_credits(connection: sa.Connection, balance: int, limit: int) -> Iterator[Alert]:
    """One alert each time the balance falls below ``limit``, after it was at or above it."""
    fall, _, is_low = (get_value(connection, LOW_KEY) or "0:").partition(":")
    number = int(fall)
    if balance >= limit:
        if is_low:
            set_value(connection, LOW_KEY, f"{number}:")
        return
    if not is_low:
        number += 1
        set_value(connection, LOW_KEY, f"{number}:low")
    yield Alert(
        f"credits_low:{number}",
        "credits_low",
        f"The balance is {balance:,} credits, below SABER_LOW_CREDITS = {limit:,}.",
        {"balance": balance, "limit": limit},
    )


def give_known_tiers(con: duckdb.DuckDBPyConnection, connection: sa.Connection) -> None:
    """``known_tiers(domain, tier)`` on ``con``: the tiers recorded in the ledger."""
    create_temp_table(con, "known_tiers", {"domain": ("VARCHAR", ()), "tier": ("VARCHAR", ())})
    for chunk in known_tiers(connection):
        domains, tiers = [domain for domain, _ in chunk], [tier for _, tier in chunk]
        con.execute("INSERT INTO known_tiers SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[])", [domains, tiers])


def compare_tiers(con: duckdb.DuckDBPyConnection) -> None:
    """``tier_changes`` on ``con``: the accounts whose published tier differs from the one in the ledger."""
    con.execute(read_sql("tier_changes", ALERTS_SQL))


def tier_changes(con: duckdb.DuckDBPyConnection, connection: sa.Connection, *, is_first: bool) -> Iterator[Alert]:
    """Alerts for accounts of ``tier_changes`` that became A or fell. Records the current tiers in the ledger."""
    risen, fallen = _Several(), _Several()
    con.execute("FROM tier_changes")
    while rows := con.fetchmany(SLICE_ROWS):
        note_tiers(connection, ((domain, tier) for domain, _, tier, _ in rows))
        for domain, before, tier, score in () if is_first else rows:
            item = {"domain": domain, "from": before, "to": tier, "score": score}
            if tier == ORDER[-1]:
                risen.add(item)
            elif before in ORDER and tier in ORDER and ORDER.index(tier) < ORDER.index(before):
                fallen.add(item)
    yield from risen.alert("account_became_a", "became tier A", lambda each: f"{each['domain']}{_was(each)}")
    yield from fallen.alert(
        "account_fell", "fell to a lower tier", lambda each: f"{each['domain']} ({each['from']} → {each['to']})"
    )


def changed_signals(con: duckdb.DuckDBPyConnection) -> list[str]:
    rows = con.execute("SELECT DISTINCT signal_id FROM answer_changes").fetchall()
    return [signal_id for (signal_id,) in rows]


def answer_changes(
    con: duckdb.DuckDBPyConnection, signal_ids: Sequence[str], questions: Iterable[Question]
) -> Iterator[Alert]:
    """One alert for the changes that these signals made to answers to important questions."""
    important = [question.key for question in questions if question.weight == IMPORTANT]
    several = _Several()
    if signal_ids and important:
        con.execute(read_sql("answer_changes", ALERTS_SQL), {"signals": list(signal_ids), "keys": important})
        while rows := con.fetchmany(SLICE_ROWS):
            for row in rows:
                several.add(_change(*row))
    yield from several.alert(
        "important_answer_changed",
        "answers to important questions changed",
        lambda each: f"{each['subject']} {each['question_key']}: {each['old_value']} → {each['new_value']}",
    )


def _change(
    signal_id: str, subject: str, key: str, kind: str, old: str | None, new: str | None, changed_at: datetime | None
) -> dict[str, Any]:
    return {
        "subject": one_line(subject, LONGEST_VALUE),
        "question_key": key,
        "change": kind,
        "old_value": None if old is None else one_line(old, LONGEST_VALUE),
        "new_value": None if new is None else one_line(new, LONGEST_VALUE),
        "changed_at": None if changed_at is None else f"{changed_at.isoformat(timespec='seconds')}+00:00",
        "signal_id": signal_id,
    }


class _Several:
    """The first items of one alert, and their total."""

    def __init__(self) -> None:
        self._count = 0
        self._first: list[dict[str, Any]] = []

    def add(self, item: dict[str, Any]) -> None:
        self._count += 1
        if len(self._first) < MOST_ITEMS:
            self._first.append(item)

    def alert(self, kind: str, event: str, format_item: Callable[[Mapping[str, Any]], str]) -> Iterator[Alert]:
        if not self._count:
            return
        named = "; ".join(format_item(item) for item in self._first[:NAMED_IN_TEXT])
        rest = f"; and {self._count - NAMED_IN_TEXT:,} more" if self._count > NAMED_IN_TEXT else ""
        yield Alert(
            f"{kind}:{uuid4().hex}",
            kind,
            f"{self._count:,} {event}: {named}{rest}.",
            {"count": self._count, "items": self._first},
        )


def _was(item: Mapping[str, Any]) -> str:
    return "" if item["from"] is None else f" (was {item['from']})"
