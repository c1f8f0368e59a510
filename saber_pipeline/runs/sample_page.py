"""What a sample showed: what each question's answers are like, what one costs, and what the rest would cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import duckdb
import sqlalchemy as sa

from saber_pipeline.planning.ledger_temp_tables import create_temp_table
from saber_pipeline.planning.plan import Plan, PlanRules, make_plan
from saber_pipeline.runs.sql import RUNS_SQL
from saber_pipeline.warehouse.sql import read_sql

_WAITING = "SELECT count(*) FROM plan WHERE status = 'waiting' AND subject NOT IN (SELECT subject FROM page_subjects)"
_REST = """
    SELECT question_key, count(*) FROM plan
    WHERE status = 'due' AND subject NOT IN (SELECT subject FROM page_subjects) GROUP BY question_key
"""


@dataclass(frozen=True)
class SampledQuestion:
    """One question of a sample. Its pairs count by their newest signals, whoever bought them, and when.

    ``degraded``: how many of the answered and not known ones were researched without LinkedIn. ``confidence``: the mean
    of the answered ones. ``rest_pairs``: of the subjects that are not in the sample, how many are due.
    """

    key: str
    asked: int
    answered: int
    not_known: int
    failed: int
    degraded: int
    confidence: float | None
    rest_pairs: int
    price: Decimal

    @property
    def without_outcome(self) -> int:
        """Pairs that are on their way, were refused, or were not asked at all."""
        return self.asked - self.answered - self.not_known - self.failed

    @property
    def credits_per_answer(self) -> Decimal | None:
        """What a known answer costs: every pair with an outcome was paid for. None where nothing is known."""
        if not self.answered:
            return None
        paid = self.answered + self.not_known + self.failed
        return round(paid * self.price / self.answered, 2)

    @property
    def rest_credits(self) -> Decimal:
        """What the rest would cost."""
        return self.rest_pairs * self.price

    @property
    def rest_answers(self) -> int | None:
        """How many answers the rest would bring if it goes as in the sample; None where the sample shows nothing."""
        paid = self.answered + self.not_known + self.failed
        return round(self.rest_pairs * self.answered / paid) if paid else None

    def as_record(self) -> dict[str, Any]:
        """Its columns as people and JSON get them."""
        per_answer = self.credits_per_answer
        return {
            "question": self.key,
            "asked": self.asked,
            "answered": self.answered,
            "not_known": self.not_known,
            "failed": self.failed,
            "without_outcome": self.without_outcome,
            "degraded": self.degraded,
            "confidence": None if self.confidence is None else round(self.confidence, 3),
            "credits_per_answer": None if per_answer is None else _number(per_answer),
            "rest_pairs": self.rest_pairs,
            "rest_credits": _number(self.rest_credits),
            "rest_answers": self.rest_answers,
        }


@dataclass(frozen=True)
class SamplePage:
    """What a sample of ``subjects`` showed; ``left_out`` counts the subjects of the lists that are not in it.

    ``waiting_credits``: what those of their pairs cost at most that wait for answers which are due (``ask_if``).
    """

    noun: str
    subjects: int
    left_out: int
    questions: tuple[SampledQuestion, ...]
    waiting_credits: Decimal = Decimal()

    @property
    def rest_credits(self) -> Decimal:
        """What asking all questions about the rest would cost."""
        return sum((question.rest_credits for question in self.questions), Decimal())

    def as_record(self) -> dict[str, Any]:
        """The page as JSON."""
        return {
            "subjects": self.subjects,
            "left_out": self.left_out,
            "rest_credits": _number(self.rest_credits),
            "rest_waiting_credits": _number(self.waiting_credits),
            "questions": [question.as_record() for question in self.questions],
            "summary": str(self),
        }

    def __str__(self) -> str:
        left = f"The other {self.left_out:,} {self.noun}" if self.left_out else f"No {self.noun} are left"
        most = self.rest_credits + self.waiting_credits
        waiting = f", at most {most:,f} with what waits for their answers" if self.waiting_credits else ""
        price = f" would cost {self.rest_credits:,f} credits now{waiting}." if self.left_out else "."
        return f"A sample of {self.subjects:,} {self.noun}. {left}{price}"


def take_sample_page(
    con: duckdb.DuckDBPyConnection,
    ledger: sa.Connection,
    plan: Plan,
    rules: PlanRules,
    *,
    live_runs: Collection[str],
    price: Decimal,
) -> SamplePage | None:
    """The page of a run's ``plan``, from the loaded warehouse on ``con``; None where it drew no sample.

    The rest is planned like a run without the sample, so what is owned or held back of it costs nothing here either.
    """
    if plan.sampled is None:
        return None
    selection = plan.selection
    whole = replace(selection, lists=selection.drawn_from, sample=None, sample_lists=())
    make_plan(con, ledger, whole, rules, live_runs=live_runs)
    create_temp_table(con, "page_subjects", {"subject": ("VARCHAR", sorted(plan.sampled))})
    questions = selection.questions
    create_temp_table(
        con,
        "page_questions",
        {
            "question_id": ("VARCHAR", [q.question_id for q in questions]),
            "question_key": ("VARCHAR", [q.key for q in questions]),
            "number": ("INTEGER", range(len(questions))),
        },
    )
    rest = dict(con.execute(_REST).fetchall())
    ((waiting,),) = con.execute(_WAITING).fetchall()
    rows = con.execute(read_sql("sample_page", RUNS_SQL)).fetchall()
    return SamplePage(
        noun=selection.kind.nouns,
        subjects=len(plan.sampled),
        left_out=plan.left_out,
        questions=tuple(_question(row, rest, price) for row in rows),
        waiting_credits=waiting * price,
    )


def _question(row: tuple[Any, ...], rest: Mapping[str, int], price: Decimal) -> SampledQuestion:
    key, asked, answered, not_known, failed, degraded, confidence = row
    return SampledQuestion(
        key, asked, answered, not_known, failed, degraded, confidence, rest_pairs=rest.get(key, 0), price=price
    )


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
