"""Decides what to do about every pair of a selection. Set-based: pairs never become Python objects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import duckdb
import sqlalchemy as sa

from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.subject_kinds import SubjectKind, kind_of
from saber_pipeline.ledger.claims import Candidate
from saber_pipeline.ledger.linkedin_connection import LinkedInSeen
from saber_pipeline.ledger.pair_subjects import SUBJECTS_AT_ONCE, Subjects
from saber_pipeline.ledger.questions import cache_twins, earlier_identities
from saber_pipeline.ledger.slices import SLICE_ROWS
from saber_pipeline.planning.held_back_pairs import ConditionCount, hold_back
from saber_pipeline.planning.ledger_temp_tables import create_temp_table, load_ended, load_open_pairs
from saber_pipeline.planning.list_members import load_list_members
from saber_pipeline.planning.sql import PLANNING_SQL
from saber_pipeline.warehouse.sql import fill_sql, literal, read_sql

SECONDS_PER_DAY = 86_400
BUDGET_USED_UP = "the question's budget of the month is used up"


class Status(StrEnum):
    """A pair's status in a plan."""

    OWNED = "owned"  # an answer young enough is in the warehouse
    NOT_KNOWN = "not_known"  # the API answered recently that it does not know
    FAILED = "failed"  # its last attempt failed, and a retry would be too early or pointless
    IN_FLIGHT = "in_flight"  # bought, and not landed yet
    DUE = "due"  # to be bought
    WAITING = "waiting"  # bought if answers of this run make its ask_if true, or its fallback necessary
    HELD_BACK = "held_back"  # it would be due but is not bought now; see the reason


@dataclass(frozen=True)
class Selection:
    """The pairs that a run is asked for: every question about every subject of the lists. All are of one kind.

    Several runs may force one refresh together, list by list, as in a backfill or a schedule's tick. ``forced_since``
    is when it began. A signal created since then is the refresh, so that a subject in two lists is bought once.

    ``sample``: the number of subjects of all lists together, the same ones for every question and run. If several runs
    share a sample, ``sample_lists`` are the lists of all of these runs, so that each draws the same subjects.
    """

    lists: tuple[str, ...]
    questions: tuple[Question, ...]
    force_refresh: bool = False
    forced_since: datetime | None = None
    sample: int | None = None
    sample_lists: tuple[str, ...] = ()

    @property
    def drawn_from(self) -> tuple[str, ...]:
        """The lists from which the sample is drawn."""
        return self.sample_lists or self.lists

    @property
    def kind(self) -> SubjectKind:
        """The kind of subject of the questions: companies or contacts."""
        return kind_of(self.questions[0].about)

    def __str__(self) -> str:
        keys, lists = ", ".join(q.key for q in self.questions), ", ".join(self.lists)
        sample = "" if self.sample is None else f" (a sample of {self.sample:,} {self.kind.nouns})"
        return f"{keys} for {lists}{sample}"


@dataclass(frozen=True)
class PlanRow:
    """The number of pairs of one list and question with one status.

    ``due_because`` is set for due pairs, ``held_because`` for pairs held back.
    """

    list_name: str
    question_key: str
    status: Status
    due_because: str | None
    pairs: int
    held_because: str | None = None


@dataclass(frozen=True)
class Plan:
    """The result of planning. ``totals`` count each pair once, however many lists contain it.

    ``sampled``: the subjects of a sample, None if all are planned; ``left_out``: the number of other subjects.
    ``held_reasons``: the reasons of pairs held back. ``conditions``: the counts for each question with a condition.
    """

    selection: Selection
    rows: tuple[PlanRow, ...]
    totals: Counter[Status]
    reasons: Counter[str]
    sampled: tuple[str, ...] | None = None
    left_out: int = 0
    due_by_question: Mapping[str, int] = field(default_factory=dict)  # by key; each pair once
    held_reasons: Counter[str] = field(default_factory=Counter)
    conditions: tuple[ConditionCount, ...] = ()

    def holding_back(self, pairs_by_key: Mapping[str, int], reason: str) -> Plan:
        """The same plan with due pairs of some questions held back. ``pairs_by_key``: their number by question."""
        held = sum(pairs_by_key.values())
        rows = tuple(
            replace(row, status=Status.HELD_BACK, due_because=None, held_because=reason)
            if row.status is Status.DUE and row.question_key in pairs_by_key
            else row
            for row in self.rows
        )
        totals = self.totals + Counter({Status.HELD_BACK: held}) - Counter({Status.DUE: held})
        due = {key: pairs for key, pairs in self.due_by_question.items() if key not in pairs_by_key}
        return replace(self, rows=rows, totals=totals, due_by_question=due)

    @property
    def needs_api(self) -> bool:
        """Whether any pair is to be bought or collected."""
        return self.totals[Status.DUE] + self.totals[Status.IN_FLIGHT] > 0

    @property
    def leaves_nothing_to_do(self) -> bool:
        """Whether no pair is to be bought, collected, or decided by answers: every pair has an outcome already."""
        return self.totals.keys() <= {Status.OWNED, Status.NOT_KNOWN, Status.FAILED}

    @property
    def statuses(self) -> tuple[Status, ...]:
        """The statuses that pairs of this plan may have: without conditions, none waits."""
        return tuple(s for s in Status if self.conditions or s is not Status.WAITING)

    @property
    def at_most_due(self) -> int:
        """The number of pairs to buy if all waiting pairs are bought too."""
        return self.totals[Status.DUE] + self.totals[Status.WAITING]

    @property
    def expected_due(self) -> float | None:
        """The expected number of pairs to buy, by the share of true conditions; None if none waits or none is known."""
        waiting = [condition.expected for condition in self.conditions if condition.waiting]
        if not waiting or None in waiting:
            return None
        return self.totals[Status.DUE] + sum(expected for expected in waiting if expected is not None)

    @property
    def asked(self) -> int:
        """The number of pairs in the selection."""
        return self.totals.total()


@dataclass(frozen=True)
class PlanRules:
    """The inputs that decide about pairs: times, and whether the account is connected to LinkedIn.

    ``now`` is the API's time; the machine's is ``api_behind`` ahead of it.
    """

    now: datetime
    cache_hours: float
    stuck_after_hours: float
    api_behind: timedelta = timedelta()
    linkedin: LinkedInSeen | None = None

    @classmethod
    def at(
        cls, machine_now: datetime, api_now: datetime | None, *, cache_hours: float, stuck_after_hours: float
    ) -> PlanRules:
        """The rules by two clocks; ``api_now`` is None before the first reply of the API.

        The earlier time is used. So with a wrong clock an answer may be kept for longer, but none is bought again.
        """
        behind = timedelta() if api_now is None else max(timedelta(), machine_now - api_now)
        return cls(machine_now - behind, cache_hours, stuck_after_hours, behind)


def make_plan(
    con: duckdb.DuckDBPyConnection,
    ledger: sa.Connection,
    selection: Selection,
    rules: PlanRules,
    *,
    live_runs: Collection[str],
    catalog: Sequence[Question] = (),
    run_id: str | None = None,
    not_bought: Collection[str] = (),
    sampled: Collection[str] | None = None,
    without_due: bool = False,
) -> Plan:
    """Plan ``selection`` from the warehouse on ``con``; the result stays there as the temp view ``plan``.

    Claims of other runs count while they are among ``live_runs``. A run that plans again passes the subjects it first
    ``sampled``, because subjects bought meanwhile would now be drawn first. ``without_due``: leave out due pairs, for a
    run that buys nothing. ``catalog``: all questions of questions.yaml, because a condition may read columns of
    questions that are not selected. ``run_id``: the run's ledger id. No pair waits for pairs that this run has ended,
    nor for due pairs of the questions ``not_bought`` (identities).

    Raises:
        QuestionsError: a condition cannot be computed.
    """
    con.execute(read_sql("macros", PLANNING_SQL))
    _load_selection(con, selection, ledger, live_runs)
    if selection.sample is not None:
        drawn = draw_sample(con, selection.sample, selection.drawn_from) if sampled is None else sampled
        create_temp_table(con, "sampled", {"subject": ("VARCHAR", sorted(drawn))})
    # Whole seconds, because the API's times may have no fractions.
    since = selection.forced_since and _naive_utc(selection.forced_since - rules.api_behind).replace(microsecond=0)
    variables: dict[str, tuple[str, object]] = {
        "now": ("TIMESTAMP", _naive_utc(rules.now)),
        "cache_seconds": ("DOUBLE", rules.cache_hours * 3600),
        "stuck_seconds": ("DOUBLE", rules.stuck_after_hours * 3600),
        "is_forced": ("BOOLEAN", selection.force_refresh),
        "forced_since": ("TIMESTAMP", since),
        "is_sampled": ("BOOLEAN", selection.sample is not None),
        "linkedin_is_told": ("BOOLEAN", rules.linkedin is not None),
        "linkedin_since": ("TIMESTAMP", rules.linkedin and _connected_since(rules.linkedin)),
    }
    for name, (kind, value) in variables.items():  # with several statements, only the last may have parameters
        con.execute(f"SET VARIABLE plan_{name} = (SELECT ?::{kind})", [value])
    con.execute(read_sql("plan", PLANNING_SQL))
    conditions: tuple[ConditionCount, ...] = ()
    if without_due:
        con.execute("DELETE FROM planned WHERE status = 'due'")
    else:
        load_ended(con, ledger, run_id, is_forced=selection.force_refresh)
        everything = catalog or selection.questions
        conditions = hold_back(con, selection.kind, selection.questions, everything, not_bought=not_bought)
    rows = con.execute(read_sql("plan_counts", PLANNING_SQL)).fetchall()
    totals = con.execute("SELECT status, due_because, count(*) FROM planned GROUP BY ALL").fetchall()
    by_status: Counter[Status] = Counter()
    reasons: Counter[str] = Counter()
    held_reasons: Counter[str] = Counter()
    for status, due_because, pairs in totals:
        by_status[Status(status)] += pairs
        if status == Status.DUE:
            reasons[due_because] += pairs
        elif status == Status.HELD_BACK:
            held_reasons[due_because] += pairs
    return Plan(
        selection=selection,
        rows=tuple(
            PlanRow(
                list_name,
                key,
                Status(status),
                because if status == Status.DUE else None,
                pairs,
                because if status == Status.HELD_BACK else None,
            )
            for list_name, key, status, because, pairs in rows
        ),
        totals=by_status,
        reasons=reasons,
        sampled=None if selection.sample is None else tuple(s for (s,) in con.execute("FROM sampled").fetchall()),
        left_out=0 if selection.sample is None else _left_out(con, selection),
        due_by_question=dict(con.execute(read_sql("due_by_question", PLANNING_SQL)).fetchall()),
        held_reasons=held_reasons,
        conditions=conditions,
    )


def draw_sample(con: duckdb.DuckDBPyConnection, number: int, lists: Sequence[str]) -> list[str]:
    """``number`` subjects of ``lists``: those with an answer first, then by a fixed hash."""
    rows = con.execute(read_sql("sample", PLANNING_SQL), {"lists": list(lists), "number": number}).fetchall()
    return [subject for (subject,) in rows]


def _left_out(con: duckdb.DuckDBPyConnection, selection: Selection) -> int:
    """The number of subjects of the sample's lists that are not in the sample."""
    ((listed,),) = con.execute(
        'SELECT count(DISTINCT subject) FROM list_members WHERE "list" IN (SELECT unnest(?::VARCHAR[]))',
        [list(selection.drawn_from)],
    ).fetchall()
    ((drawn,),) = con.execute("SELECT count(*) FROM sampled").fetchall()
    return int(listed - drawn)


def _connected_since(seen: LinkedInSeen) -> datetime | None:
    return datetime.fromtimestamp(seen.since, tz=UTC).replace(tzinfo=None) if seen.is_connected else None


def _naive_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def candidates(
    con: duckdb.DuckDBPyConnection, statuses: Collection[Status] = (Status.DUE, Status.IN_FLIGHT)
) -> Iterator[Candidate]:
    """The unsettled pairs of the plan on ``con``, streamed. Do not use ``con`` for anything else meanwhile."""
    con.execute(read_sql("candidates", PLANNING_SQL), [list(statuses)])
    while chunk := con.fetchmany(SLICE_ROWS):
        yield from (Candidate(*candidate) for candidate in chunk)


def candidate_subjects(con: duckdb.DuckDBPyConnection) -> Iterator[Subjects]:
    """The pairs of ``candidates`` by question, some thousand subjects at a time."""
    ((subjects,),) = con.execute("SELECT coalesce(max(s), -1) + 1 FROM subjects_by_number").fetchall()
    statement = read_sql("candidate_subjects", PLANNING_SQL)
    for first in range(0, subjects, SUBJECTS_AT_ONCE):
        bounds = {"first": first, "last": first + SUBJECTS_AT_ONCE - 1}
        yield from (Subjects(*row) for row in con.execute(statement, bounds).fetchall())


def keep_candidates(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Write the plan's unsettled pairs to a Parquet file, from which the end of the run computes outcomes."""
    con.execute(fill_sql("keep_candidates", package=PLANNING_SQL, file=literal(str(file))))


def keep_no_candidates(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Write the same file for a plan without unsettled pairs, which need not be on ``con``."""
    names = ("question_id", "question_key", "subject", "known_signal_id")
    columns = ", ".join(f"NULL::VARCHAR AS {name}" for name in names)
    con.execute(f"COPY (SELECT {columns} LIMIT 0) TO {literal(str(file))} (FORMAT parquet)")


def _load_selection(
    con: duckdb.DuckDBPyConnection, selection: Selection, ledger: sa.Connection, live_runs: Collection[str]
) -> None:
    """Load the selection and the open pairs into temp tables of DuckDB."""
    questions, kind = selection.questions, selection.kind
    load_list_members(con, kind)
    create_temp_table(con, "asked_lists", {"list": ("VARCHAR", selection.lists)})
    create_temp_table(
        con,
        "asked_questions",
        {
            "question_id": ("VARCHAR", [q.question_id for q in questions]),
            "question_key": ("VARCHAR", [q.key for q in questions]),
            "max_age_seconds": ("DOUBLE", [q.max_age_days * SECONDS_PER_DAY for q in questions]),
            "max_age_degraded_seconds": ("DOUBLE", [q.max_age_days_if_degraded * SECONDS_PER_DAY for q in questions]),
        },
    )
    create_temp_table(con, "sampled", {"subject": ("VARCHAR", ())})
    for table, columns, rows in (
        ("earlier_identities", ("question_key", "question_id"), earlier_identities(ledger, questions)),
        ("cache_twins", ("question_id", "twin_id"), cache_twins(ledger, questions)),
    ):
        create_temp_table(con, table, {name: ("VARCHAR", [row[i] for row in rows]) for i, name in enumerate(columns)})
    load_open_pairs(con, ledger, [q.question_id for q in questions], live_runs)
