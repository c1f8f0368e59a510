"""Holds back due pairs of questions with ``ask_if`` or in a ``fallback``, or lets them wait for other answers.

Set-based like the plan: conditions are computed for all subjects together, and one statement changes the pairs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from saber_pipeline.config.questions.subject_kinds import COMPANIES, SubjectKind
from saber_pipeline.errors import QuestionsError
from saber_pipeline.planning.sql import PLANNING_SQL
from saber_pipeline.warehouse.ask_if import AskIfError, one_sentence
from saber_pipeline.warehouse.gated_questions import Gated, gated_questions, in_order
from saber_pipeline.warehouse.question_views import (
    QuestionView,
    answer_source,
    column_owners,
    question_view,
    shown_columns,
)
from saber_pipeline.warehouse.reviewed_answers import has_told_value
from saber_pipeline.warehouse.sql import fill_sql, identifier, literal, read_sql
from saber_pipeline.warehouse.views import COMPANY_JOIN, COMPANY_PREFIX

if TYPE_CHECKING:
    from saber_pipeline.config.questions.question import Question


@dataclass(frozen=True)
class ConditionCount:
    """The numbers of subjects for which a question's condition is true, false and unknown, given the owned answers.

    ``waiting`` pairs are decided once the answers that they wait for have arrived.
    """

    question_key: str
    ask_if: str | None
    stands_in_for: tuple[str, ...]
    is_true: int
    is_false: int
    is_unknown: int
    waiting: int

    @property
    def expected(self) -> float | None:
        """The number of waiting pairs expected to be asked, by the share of true so far; None if nothing is known."""
        known = self.is_true + self.is_false
        return self.waiting * self.is_true / known if known else None

    def __str__(self) -> str:
        fallback = f"where {' or '.join(self.stands_in_for)} is not known" if self.stands_in_for else ""
        condition = f"if {' '.join(self.ask_if.split())}" if self.ask_if else ""
        return (
            f"{self.question_key} is asked only {' and '.join(filter(None, (fallback, condition)))}: true for "
            f"{self.is_true:,}, false for {self.is_false:,}, unknown for {self.is_unknown:,}; "
            f"{self.waiting:,} wait for an answer of this run"
        )


def hold_back(
    con: duckdb.DuckDBPyConnection,
    kind: SubjectKind,
    asked: Sequence[Question],
    catalog: Sequence[Question],
    *,
    not_bought: Collection[str] = (),
) -> tuple[ConditionCount, ...]:
    """Update ``planned`` on ``con``: a due pair waits while one of its gates is due or in flight, and is otherwise
    decided by its condition.

    ``asked`` are the plan's questions, ``catalog`` all of questions.yaml. In: the tables of plan.sql, and
    ended_pairs(question_id, subject). No pair waits for these, nor for due pairs of the questions ``not_bought``.

    Raises:
        QuestionsError: a condition cannot be computed.
    """
    asked_keys = {question.key for question in asked}
    ordered = compute_verdicts(con, kind, catalog, keys=asked_keys)
    if not ordered:
        return ()
    numbers = dict(con.execute("SELECT question_key, q FROM questions_by_number").fetchall())
    not_asked = {numbers[question.key] for question in asked if question.question_id in not_bought}
    con.execute(_states(con, ordered, numbers, not_asked))
    con.execute(_changes(ordered, numbers))
    con.execute(read_sql("gated_pairs", PLANNING_SQL))
    return _counts(con, ordered, numbers)


def compute_verdicts(
    con: duckdb.DuckDBPyConnection,
    kind: SubjectKind,
    catalog: Sequence[Question],
    *,
    keys: Collection[str] | None = None,
) -> list[Gated]:
    """``verdicts(s, "<key>", …)`` on ``con``: true, false, unknown, and for fallbacks known or not_yet.

    In: subjects_by_number(s, subject), asked_lists and list_members. Returns the gated questions (only those in
    ``keys``), each after its gates; without any, no table is made. Raises QuestionsError.
    """
    of_kind = [question for question in catalog if question.about is kind.about]
    if not any(question.ask_if or question.fallback for question in of_kind):
        return []
    views = _views(of_kind)
    try:
        gated = gated_questions(of_kind, column_owners(views.values()), kind.view)
    except AskIfError as error:
        raise QuestionsError(f"A condition in questions.yaml cannot be used: {error}. Nothing was spent.") from error
    ordered = [each for each in in_order(gated) if keys is None or each.question.key in keys]
    if ordered:
        _compute(con, kind, ordered, views)
    return ordered


def _views(questions: Sequence[Question]) -> dict[str, QuestionView]:
    """The questions' views as joined by the wide view, but by identity, because the published views may be older."""
    return {q.key: question_view(q, relation=_relation(q)) for q in questions}


def _relation(question: Question) -> str:
    return f"temp.{identifier(f'newest {question.key}')}"


def _compute(
    con: duckdb.DuckDBPyConnection, kind: SubjectKind, gated: Sequence[Gated], views: Mapping[str, QuestionView]
) -> None:
    read = {column for each in gated if each.ask_if for column in each.ask_if.columns(kind.view)}
    every = list(views.values())
    owners = column_owners(every)
    joined = [views[key] for key in views if any(key in owners.get(column, ()) for column in read)]
    for view in joined:
        question = view.question
        _, source, selected = answer_source(question)
        con.execute(
            fill_sql(
                "newest_answers",
                package=PLANNING_SQL,
                view=identifier(f"newest {question.key}"),
                columns=selected,
                source=source,
                question_id=literal(question.question_id),
            )
        )
    columns = {name: sql for view in every for name, sql in shown_columns(view, every).items() if name.lower() in read}
    companies = sorted(column for column in read if column.startswith(COMPANY_PREFIX) and kind is COMPANIES)
    columns |= {name: f"company.{identifier(name.removeprefix(COMPANY_PREFIX))}" for name in companies}
    # A value from a person counts as known. A rejected answer still counts as an answer: reviews buy nothing.
    columns |= {
        f"known by {key}": f"({has_told_value(views[key].question, f'member.{kind.column}')} OR {_state(key)}.is_known)"
        for key in sorted(_parents(gated))
    }
    try:
        con.execute(
            fill_sql(
                "gate_verdicts",
                package=PLANNING_SQL,
                members=_members(con, kind, with_lists="lists" in read),
                columns="".join(f", {sql} AS {identifier(name)}" for name, sql in columns.items()),
                joins="\n".join(_joins(gated, joined, views, with_companies=bool(companies), member=kind.column)),
                view=identifier(kind.view),
                conditions="".join(
                    f", TRY({each.ask_if.sql}) AS {identifier(f'if {each.question.key}')}"
                    for each in gated
                    if each.ask_if
                ),
                verdicts="".join(f", {_verdict(each)} AS {identifier(each.question.key)}" for each in gated),
            )
        )
    except duckdb.Error as error:
        keys = ", ".join(each.question.key for each in gated if each.ask_if)
        raise QuestionsError(
            f"The conditions of these questions cannot be computed: {keys}. DuckDB says: {one_sentence(str(error))}. "
            "Nothing was spent. Correct ask_if in questions.yaml."
        ) from error


def _parents(gated: Sequence[Gated]) -> set[str]:
    return {key for each in gated for key in each.stands_in_for}


def _state(key: str) -> str:
    return identifier(f"state of {key}")


def _joins(
    gated: Sequence[Gated],
    joined: Sequence[QuestionView],
    views: Mapping[str, QuestionView],
    *,
    with_companies: bool,
    member: str,
) -> Iterable[str]:
    if with_companies:
        yield COMPANY_JOIN
    for view in joined:
        yield view.wide_join
    for key in sorted(_parents(gated)):
        states = fill_sql("newest_states", package=PLANNING_SQL, question_id=literal(views[key].question.question_id))
        yield f"LEFT JOIN ({states}) AS {_state(key)} ON {_state(key)}.subject = member.{member}"


def _members(con: duckdb.DuckDBPyConnection, kind: SubjectKind, *, with_lists: bool) -> str:
    """The planned subjects; ``with_lists``: with all of their lists, including lists that are not planned."""
    plain = f'SELECT s AS "member s", subject AS {kind.column} FROM subjects_by_number'  # noqa: S608 - a kind's names
    if not with_lists:
        return plain
    ((database,),) = con.execute("SELECT current_database()").fetchall()
    table = f"{identifier(database)}.main.{kind.table}"
    return fill_sql("members_with_lists", package=PLANNING_SQL, table=table, column=kind.column)


def _verdict(each: Gated) -> str:
    condition = identifier(f"if {each.question.key}")
    own = f"CASE WHEN {condition} THEN 'true' WHEN NOT {condition} THEN 'false' ELSE 'unknown' END"
    own = own if each.ask_if else "'true'"
    if not each.stands_in_for:
        return own
    known = [identifier(f"known by {key}") for key in each.stands_in_for]
    ended_not_known = " OR ".join(f"{column} IS NOT DISTINCT FROM false" for column in known)
    not_yet = " OR ".join(f"{column} IS NULL" for column in known)
    return f"CASE WHEN {ended_not_known} THEN {own} WHEN {not_yet} THEN 'not_yet' ELSE 'known' END"


WORD_BITS = 60


def _places(gated: Sequence[Gated], numbers: Mapping[str, int]) -> dict[int, tuple[int, int]]:
    """For each gate and gated question, by number: its bit column, and its bit."""
    keys = {key for each in gated for key in (each.question.key, *each.gates)}
    relevant = sorted(numbers[key] for key in keys if key in numbers)
    return {q: (place // WORD_BITS, 2 ** (place % WORD_BITS)) for place, q in enumerate(relevant)}


def _states(
    con: duckdb.DuckDBPyConnection, gated: Sequence[Gated], numbers: Mapping[str, int], not_asked: Collection[int]
) -> str:
    """The SQL of ``gate_states(s, open_0, due_0, …)``, with a bit for each gate and gated question."""
    ((has_ended,),) = con.execute("SELECT count(*) > 0 FROM ended_pairs").fetchall()
    places = _places(gated, numbers)
    dropped = ", ".join(map(str, sorted(not_asked)))
    is_open = [f"(p.status = 'in_flight' OR p.q NOT IN ({dropped}))"] if not_asked else []
    is_open += ["e.s IS NULL"] if has_ended else []
    return fill_sql(
        "gate_states",
        package=PLANNING_SQL,
        numbers=", ".join(f"({q}::USMALLINT, {word}, {bit}::BIGINT)" for q, (word, bit) in places.items()),
        states="".join(
            f", coalesce(bit_or(r.bit) FILTER ({' AND '.join([f'r.word = {word}', *is_open])}), 0) AS open_{word}"
            f", coalesce(bit_or(r.bit) FILTER (r.word = {word} AND p.status = 'due'), 0) AS due_{word}"
            for word in sorted({word for word, _ in places.values()})
        ),
        ended=read_sql("gate_states_ended", PLANNING_SQL) if has_ended else "",
    )


def _changes(gated: Sequence[Gated], numbers: Mapping[str, int]) -> str:
    """The SQL of ``gated_pairs(q, s, verdict)``: due pairs that are not bought now, including waiting ones."""
    numbered = {each.question.key for each in gated}
    has = {
        (state, q): f"{state}_{word} & {bit} <> 0"
        for q, (word, bit) in _places(gated, numbers).items()
        for state in ("open", "due")
    }
    decided = []
    for each in gated:
        q = numbers[each.question.key]
        # Do not wait for a due pair that is held back.
        waits = [
            f"({has['open', numbers[key]]} AND coalesce(held_{numbers[key]}, 'waiting') = 'waiting')"
            if key in numbered
            else has["open", numbers[key]]
            for key in sorted(each.gates)
            if key in numbers
        ]
        waiting = f"WHEN {' OR '.join(waits)} THEN 'waiting' " if waits else ""
        verdict = f"v.{identifier(each.question.key)}"
        decided.append(
            f"CASE WHEN NOT ({has['due', q]}) THEN NULL {waiting}"
            f"WHEN {verdict} = 'true' THEN NULL ELSE {verdict} END AS held_{q}"
        )
    rows = "\nUNION ALL\n".join(
        f"SELECT {q}::USMALLINT AS q, s, held_{q} AS verdict FROM decided WHERE held_{q} IS NOT NULL"  # noqa: S608 - numbers
        for q in (numbers[each.question.key] for each in gated)
    )
    return fill_sql("gated_changes", package=PLANNING_SQL, decided=", ".join(decided), rows=rows)


def _counts(
    con: duckdb.DuckDBPyConnection, gated: Sequence[Gated], numbers: Mapping[str, int]
) -> tuple[ConditionCount, ...]:
    waiting = dict(con.execute("SELECT q, count(*) FROM gated_pairs WHERE verdict = 'waiting' GROUP BY q").fetchall())
    found = []
    for each in gated:
        key = each.question.key
        by_verdict = dict(
            con.execute(f"SELECT {identifier(key)}, count(*) FROM verdicts GROUP BY ALL").fetchall()  # noqa: S608 - quoted
        )
        found.append(
            ConditionCount(
                key,
                each.question.ask_if,
                each.stands_in_for,
                by_verdict.get("true", 0),
                by_verdict.get("false", 0) + by_verdict.get("known", 0),
                by_verdict.get("unknown", 0) + by_verdict.get("not_yet", 0),
                waiting.get(numbers[key], 0),
            )
        )
    return tuple(found)
