"""Tables for ``account_answers``: companies held back by conditions or monthly budgets at a publication."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.errors import QuestionsError
from saber_pipeline.planning.held_back_pairs import compute_verdicts
from saber_pipeline.planning.ledger_temp_tables import create_temp_table
from saber_pipeline.planning.list_members import load_list_members
from saber_pipeline.planning.plan import BUDGET_USED_UP
from saber_pipeline.planning.sql import PLANNING_SQL
from saber_pipeline.warehouse.gated_questions import gated_keys
from saber_pipeline.warehouse.ledger_tables import replace_by, replace_rows
from saber_pipeline.warehouse.sql import fill_sql, identifier, read_sql

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from decimal import Decimal

    import duckdb

    from saber_pipeline.config.questions.question import Question
    from saber_pipeline.planning.monthly_budget import MonthBudget

logger = logging.getLogger(__name__)

_LETTERS = {"true": "t", "false": "f", "unknown": "u", "known": "k", "not_yet": "n"}


def load_held_back(con: duckdb.DuckDBPyConnection, questions: Sequence[Question]) -> bool:
    """Update ``internal.held_back`` with the conditions' results for every company; returns whether it changed.

    A condition that cannot be computed does not stop the publication. The next plan reports it.
    """
    load_list_members(con, COMPANIES)
    create_temp_table(con, "asked_lists", {"list": ("VARCHAR", ())})
    con.execute("CREATE OR REPLACE TEMP TABLE now_held_back (subject VARCHAR, verdicts VARCHAR)")
    if keys := gated_keys(questions, COMPANIES.about):
        con.execute(
            "CREATE OR REPLACE TEMP TABLE subjects_by_number AS SELECT row_number() OVER () AS s, subject "
            "FROM (SELECT DISTINCT subject FROM list_members)"
        )
        try:
            compute_verdicts(con, COMPANIES, questions)
        except QuestionsError as error:
            logger.warning("account_answers does not show which pairs are held back: %s", error)
        else:
            columns = [identifier(key) for key in keys]
            cases = " ".join(f"WHEN '{verdict}' THEN '{letter}'" for verdict, letter in _LETTERS.items())
            letters = ", ".join(f"CASE {column} {cases} END" for column in columns)
            all_true = " AND ".join(f"{column} = 'true'" for column in columns)
            con.execute(fill_sql("held_back", package=PLANNING_SQL, letters=letters, all_true=all_true))
    return replace_by(con, "internal.held_back", "now_held_back")


def load_used_up_budgets(
    con: duckdb.DuckDBPyConnection,
    questions: Sequence[Question],
    budget: MonthBudget,
    price: Decimal,
    *,
    held_back: Collection[str] = (),
) -> bool:
    """Update ``internal.used_up_budgets``: questions whose own budget does not cover the companies not asked yet.

    ``held_back``: identities of questions whose due pairs the publishing run did not buy. Call this after
    ``load_held_back``, with everything else loaded. Returns whether the table changed.
    """
    limited = [q for q in questions if q.key in budget.questions and q.about is COMPANIES.about]
    keys = {q.key for q in limited if q.question_id in held_back}
    if len(keys) < len(limited):
        sql = read_sql("not_asked_counts", package=PLANNING_SQL)
        open_pairs = con.execute(sql, {"keys": [q.key for q in limited], "reason": BUDGET_USED_UP}).fetchall()
        keys |= {key for key, pairs in open_pairs if not budget.questions[key].covers(pairs * price)}
    rows = [(key,) for key in sorted(keys)]
    return replace_rows(con, "internal.used_up_budgets", rows)
