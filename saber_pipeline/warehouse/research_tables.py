"""The ledger's tables about contact research for analysts: people in the lists, and purchases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saber_pipeline.warehouse.ledger_tables import replace_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

_WHO = ("first_name", "last_name", "company_name", "company_domain", "contact_profile_url")
PEOPLE = {
    "list": "VARCHAR",
    "row_number": "BIGINT",
    "person_id": "VARCHAR",
    **dict.fromkeys(_WHO, "VARCHAR"),
    **dict.fromkeys(("sales_navigator_url", "job_title", "external_id", "external_source"), "VARCHAR"),
    "attributes": "VARCHAR",
}
PURCHASES = {
    "number": "BIGINT",
    "person_id": "VARCHAR",
    "state": "VARCHAR",
    "research_id": "VARCHAR",
    "is_adopted": "BOOLEAN",
    "result": "VARCHAR",
    "credits": "DOUBLE",
    "reason": "VARCHAR",
    "intended_at": "TIMESTAMP",
    "ended_at": "TIMESTAMP",
    "is_forced": "BOOLEAN",
    "run_id": "VARCHAR",
    **dict.fromkeys(_WHO, "VARCHAR"),
}
REJECTED = {
    "list": "VARCHAR",
    "row_number": "BIGINT",
    "raw_value": "VARCHAR",
    "reason": "VARCHAR",
    "subject_type": "VARCHAR",
}
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


def _tuples(rows: Sequence[dict[str, Any]], types: Mapping[str, str]) -> list[tuple[Any, ...]]:
    return [tuple(row.get(name) for name in types) for row in rows]
