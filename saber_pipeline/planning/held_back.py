"""The companies that are held back, for ``account_answers``: what conditions say at a publication."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.errors import QuestionsError
from saber_pipeline.planning.gating import compute_verdicts
from saber_pipeline.planning.ledger_tables import fill
from saber_pipeline.planning.list_members import give_list_members
from saber_pipeline.planning.sql import PLANNING_SQL
from saber_pipeline.warehouse.gates import gated_keys
from saber_pipeline.warehouse.sql import fill_sql, identifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from saber_pipeline.config.questions.question import Question

logger = logging.getLogger(__name__)

_LETTERS = {"true": "t", "false": "f", "unknown": "u", "known": "k", "not_yet": "n"}


def load_held_back(con: duckdb.DuckDBPyConnection, questions: Sequence[Question]) -> bool:
    """Make ``internal.held_back`` what the conditions say of every company now; returns whether that changed anything.

    A condition that cannot be computed is none of a publication's business: the next plan says so.
    """
    give_list_members(con, COMPANIES)
    fill(con, "asked_lists", {"list": ("VARCHAR", ())})
    con.execute("CREATE OR REPLACE TEMP TABLE now_held_back (subject VARCHAR, verdicts VARCHAR)")
    if keys := gated_keys(questions, COMPANIES.about):
        con.execute(
            "CREATE OR REPLACE TEMP TABLE subjects_by_number AS SELECT row_number() OVER () AS s, subject "
            "FROM (SELECT DISTINCT subject FROM list_members)"
        )
        try:
            compute_verdicts(con, COMPANIES, questions)
        except QuestionsError as error:
            logger.warning("account_answers does not say what is held back: %s", error)
        else:
            columns = [identifier(key) for key in keys]
            cases = " ".join(f"WHEN '{verdict}' THEN '{letter}'" for verdict, letter in _LETTERS.items())
            letters = ", ".join(f"CASE {column} {cases} END" for column in columns)
            all_true = " AND ".join(f"{column} = 'true'" for column in columns)
            con.execute(fill_sql("held_back", package=PLANNING_SQL, letters=letters, all_true=all_true))
    differs = con.execute(
        "(FROM now_held_back EXCEPT ALL FROM internal.held_back) UNION ALL "
        "(FROM internal.held_back EXCEPT ALL FROM now_held_back) LIMIT 1"
    ).fetchall()
    if differs:  # an unchanged file need not be published again
        con.execute("BEGIN")
        con.execute("DELETE FROM internal.held_back")
        con.execute("INSERT INTO internal.held_back FROM now_held_back")
        con.execute("COMMIT")
    return bool(differs)
