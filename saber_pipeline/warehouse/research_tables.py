"""The ledger's tables about contact research for analysts: people in the lists, and purchases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saber_pipeline.warehouse.ledger_tables import replace_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

_WHO = ("first_name", "last_name", "company_name", "company_domain", "contact_profile_url")
PEOPLE = (
    *("list", "row_number", "person_id", *_WHO, "sales_navigator_url", "job_title"),
    *("external_id", "external_source", "attributes"),
)
PURCHASES = (
    *("number", "person_id", "state", "research_id", "is_adopted", "result", "credits", "reason"),
    *("intended_at", "ended_at", "is_forced", "run_id", *_WHO),
)
REJECTED = ("list", "row_number", "raw_value", "reason", "subject_type")
REJECTED_TYPE = "research"
"""``rejected_inputs.subject_type`` of rows of research lists."""


def load_research_tables(
    con: duckdb.DuckDBPyConnection,
    *,
    people: Sequence[dict[str, Any]],
    purchases: Sequence[dict[str, Any]],
    rejected: Sequence[dict[str, Any]],
) -> None:
    """Replace the tables where they differ. Rows are dicts by column; what is missing is NULL; times are UTC."""
    replace_rows(con, "contact_research_people", _tuples(people, PEOPLE), PEOPLE)
    replace_rows(con, "contact_research_purchases", _tuples(purchases, PURCHASES), PURCHASES)
    mine = f"subject_type = '{REJECTED_TYPE}'"
    replace_rows(con, "internal.other_rejected_inputs", _tuples(rejected, REJECTED), REJECTED, where=mine)


def _tuples(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> list[tuple[Any, ...]]:
    return [tuple(row.get(name) for name in columns) for row in rows]
