"""The outcomes of a run: what became of every pair that was asked for, by identity."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import duckdb
import sqlalchemy as sa

from saber_pipeline.collection.schema_checks import schema_check
from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.template_questions import held_back_by_templates
from saber_pipeline.ledger.slices import SLICE_ROWS
from saber_pipeline.planning.ledger_temp_tables import (
    create_temp_table,
    load_open_pairs,
    load_settled_pairs,
    load_skipped,
)
from saber_pipeline.planning.list_members import load_list_members
from saber_pipeline.planning.plan import Plan, Status
from saber_pipeline.planning.sql import PLANNING_SQL
from saber_pipeline.runs.sql import RUNS_SQL
from saber_pipeline.warehouse.sql import fill_sql, literal, read_sql

CLOCKS_DIFFER_BY = timedelta(days=1)
"""A signal tells when it landed by the clock of whichever machine landed it."""


class Outcome(StrEnum):
    """What became of a pair. Every pair that was asked for has exactly one."""

    OWNED = "owned"  # answered before this run
    ANSWERED = "answered"
    NOT_KNOWN = "not_known"
    FAILED = "failed"
    NOT_FINISHED = "not_finished"
    REFUSED = "refused"
    HELD_BACK = "held_back"  # not to be bought now, and the run says why
    UNACCOUNTED = "unaccounted"  # must not happen: the completeness check is red


WITHOUT_A_SIGNAL = {Outcome.NOT_FINISHED, Outcome.HELD_BACK, Outcome.UNACCOUNTED}

_OUTCOME_OF_STATUS = {
    Status.OWNED: Outcome.OWNED,
    Status.NOT_KNOWN: Outcome.NOT_KNOWN,
    Status.FAILED: Outcome.FAILED,
    Status.HELD_BACK: Outcome.HELD_BACK,
}


@dataclass(frozen=True)
class PairOutcomes:
    """Pairs by outcome: in all (each pair once) and for each list and question.

    ``degraded`` counts owned, answered and not known pairs whose newest research had to do without LinkedIn.
    ``untyped`` counts answered pairs whose answer could not be typed, ``misfits`` (by question) object answers that
    break their schema; both are part of ``answered``. ``mismatches`` counts the pairs whose signal is about something
    else than was asked, whatever their outcome. ``failed_for_credits`` pairs, part of ``refused``, have a signal
    that failed because the credits did not last. ``unreadable`` counts failed pairs whose signal nothing can read.
    ``beyond_budget`` and ``without_template`` pairs, part of ``held_back``, are due, and their question's budget of the
    month has not enough, or nobody can ask its template; ``template_problems`` say why, by question.
    """

    asked: int
    totals: Counter[Outcome]
    by_partition: Mapping[tuple[str, str], Counter[Outcome]]
    untyped: Counter[tuple[str, str]]
    misfits: Counter[str]
    failed_for_credits: int = 0
    degraded: Counter[tuple[str, str]] = field(default_factory=Counter)
    mismatches: Counter[tuple[str, str]] = field(default_factory=Counter)
    unreadable: Counter[tuple[str, str]] = field(default_factory=Counter)
    beyond_budget: Counter[tuple[str, str]] = field(default_factory=Counter)
    without_template: Counter[tuple[str, str]] = field(default_factory=Counter)
    template_problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def adds_up(self) -> bool:
        """Promise 3: asked = owned + answered + not known + failed + not finished + refused + held back."""
        return self.totals[Outcome.UNACCOUNTED] == 0 and self.totals.total() == self.asked

    def of_question(self, key: str) -> Counter[Outcome]:
        """The outcomes of one question over all lists; a domain in two lists counts twice."""
        return sum(
            (counts for (_, question_key), counts in self.by_partition.items() if question_key == key),
            Counter[Outcome](),
        )

    def __str__(self) -> str:
        shown = [
            f"{self.totals[outcome]:,} {outcome.value.replace('_', ' ')}" for outcome in Outcome if self.totals[outcome]
        ]
        return f"{self.asked:,} pairs asked = {' + '.join(shown) or 'none'}"


def count_outcomes(
    con: duckdb.DuckDBPyConnection,
    ledger: sa.Connection,
    plan: Plan,
    candidates_file: Path,
    held_back_file: Path,
    *,
    run_id: str,
    live_runs: Collection[str],
    settled: int,
    held_back: Collection[str] = (),
    since: datetime,
) -> PairOutcomes:
    """Count the outcome of every pair of ``plan``, from the loaded warehouse on ``con`` and the ledger.

    ``settled`` is the newest landed_seq at the time when the load began; of the questions ``held_back`` (identities)
    nothing was bought that was due. ``since``: when the run began. ``held_back_file``: which of the pairs that waited
    for answers of the run are held back by them; there is none where no pair waited.
    """
    load_list_members(con, plan.selection.kind)
    create_temp_table(con, "asked_lists", {"list": ("VARCHAR", plan.selection.lists)})
    question_ids = [q.question_id for q in plan.selection.questions]
    keys = [q.key for q in plan.selection.questions]
    create_temp_table(
        con, "counted_questions", {"question_id": ("VARCHAR", question_ids), "question_key": ("VARCHAR", keys)}
    )
    load_open_pairs(con, ledger, question_ids, live_runs)
    load_settled_pairs(con, ledger, question_ids, settled)
    load_skipped(con, ledger, run_id)
    create_temp_table(con, "held_back_questions", {"question_id": ("VARCHAR", sorted(held_back))})
    con.execute(read_sql("macros", PLANNING_SQL))
    _load_held_back(con, held_back_file)
    totals = settle_outcomes(con, candidates_file, since)
    by_partition: dict[tuple[str, str], Counter[Outcome]] = defaultdict(Counter)
    untyped, mismatches, unreadable, beyond_budget, without_template = (Counter[tuple[str, str]]() for _ in range(5))
    template_problems = held_back_by_templates(plan.selection.questions)
    for list_name, key, outcome, pairs, without_type, other, garbled, beyond in con.execute(
        read_sql("outcome_counts", RUNS_SQL)
    ).fetchall():
        by_partition[list_name, key][Outcome(outcome)] += pairs
        untyped[list_name, key] += without_type
        mismatches[list_name, key] += other
        unreadable[list_name, key] += garbled
        (without_template if key in template_problems else beyond_budget)[list_name, key] += beyond
    for status, outcome_of_status in _OUTCOME_OF_STATUS.items():
        totals[outcome_of_status] += plan.totals[status]
    for row in plan.rows:
        if row.status in _OUTCOME_OF_STATUS:
            by_partition[row.list_name, row.question_key][_OUTCOME_OF_STATUS[row.status]] += row.pairs
    misfits = count_misfits(con, plan.selection.questions)
    (failed,) = con.execute("SELECT count(*) FILTER (is_failed_for_credits) FROM outcomes_of_run").fetchall()[0]
    degraded = Counter(
        {(name, key): pairs for name, key, pairs in con.execute(read_sql("degraded_counts", RUNS_SQL)).fetchall()}
    )
    return PairOutcomes(
        plan.asked,
        totals,
        dict(by_partition),
        untyped,
        misfits,
        failed,
        degraded,
        mismatches,
        unreadable,
        beyond_budget,
        without_template,
        template_problems,
    )


def settle_outcomes(con: duckdb.DuckDBPyConnection, candidates_file: Path, since: datetime) -> Counter[Outcome]:
    """Make ``outcomes_of_run``, and count it. Where the plan knew nothing of its pairs, only what landed since is read.

    A pair that has none then may have a signal that landed long ago, in a file that could not be read before: all of
    them are read then.
    """
    candidates = str(candidates_file)
    knows = "SELECT count(known_signal_id) FROM read_parquet($candidates)"
    earliest = None if con.execute(knows, {"candidates": candidates}).fetchall()[0][0] else since - CLOCKS_DIFFER_BY
    while True:
        bound = "-infinity" if earliest is None else earliest.isoformat()
        parts = {"candidates": literal(candidates), "since": literal(bound)}
        con.execute(fill_sql("outcomes", package=RUNS_SQL, **parts))
        totals: Counter[Outcome] = Counter()
        for outcome, pairs in con.execute("SELECT outcome, count(*) FROM outcomes_of_run GROUP BY ALL").fetchall():
            totals[Outcome(outcome)] += pairs
        if earliest is None or not totals.keys() & WITHOUT_A_SIGNAL:
            return totals
        earliest = None


def _load_held_back(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    """``held_back_pairs(question_id, subject)``: what answers of the run hold back of what has waited for them."""
    rows = f"FROM read_parquet({literal(str(file))})" if file.is_file() else "LIMIT 0"
    columns = "question_id, subject" if file.is_file() else "NULL::VARCHAR AS question_id, NULL::VARCHAR AS subject"
    con.execute(f"CREATE OR REPLACE TEMP TABLE held_back_pairs AS SELECT {columns} {rows}")


def count_misfits(con: duckdb.DuckDBPyConnection, questions: Iterable[Question]) -> Counter[str]:
    """By question key: answers of this run that break the schema. Needs ``outcomes_of_run`` on ``con``."""
    misfits: Counter[str] = Counter()
    for question in questions:
        kind = ANSWER_KINDS[question.answer_type]
        if question.output_schema is None or not kind.is_object:
            continue
        fits = schema_check(question.output_schema)
        con.execute(fill_sql("object_answers", package=RUNS_SQL, table=kind.table), [question.question_id])
        while some := con.fetchmany(SLICE_ROWS):
            misfits[question.key] += sum(not _fits(value, fits) for (value,) in some)
    return misfits


def _fits(written: str, fits: Callable[[Any], bool]) -> bool:
    """Whether an answer can be read and holds to the schema: no column takes a number beyond a double."""
    try:
        return fits(_without_nulls(json.loads(written, parse_float=_finite)))
    except (ValueError, RecursionError):
        return False


def _finite(written: str) -> float:
    number = float(written)
    if math.isinf(number):
        raise ValueError(written)
    return number


def _without_nulls(value: Any) -> Any:
    """A property that is null is as good as one that is left out: both are NULL in the column."""
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
