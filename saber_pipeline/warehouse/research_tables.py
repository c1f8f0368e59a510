"""What the ledger tells analysts about contact research: who is in the lists, and what was bought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from saber_pipeline.warehouse.ledger_tables import replace_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

_TEXT = pa.string()
_WHO = ("first_name", "last_name", "company_name", "company_domain", "contact_profile_url")
PEOPLE = pa.schema(
    [
        ("list", _TEXT),
        ("row_number", pa.int64()),
        ("person_id", _TEXT),
        *((name, _TEXT) for name in _WHO),
        *((name, _TEXT) for name in ("sales_navigator_url", "job_title", "external_id", "external_source")),
        ("attributes", _TEXT),
    ]
)
PURCHASES = pa.schema(
    [
        ("number", pa.int64()),
        ("person_id", _TEXT),
        ("state", _TEXT),
        ("research_id", _TEXT),
        ("is_adopted", pa.bool_()),
        ("result", _TEXT),
        ("credits", pa.float64()),
        ("reason", _TEXT),
        ("intended_at", pa.timestamp("us")),
        ("ended_at", pa.timestamp("us")),
        ("is_forced", pa.bool_()),
        ("run_id", _TEXT),
        *((name, _TEXT) for name in _WHO),
    ]
)
REJECTED = pa.schema(
    [("list", _TEXT), ("row_number", pa.int64()), ("raw_value", _TEXT), ("reason", _TEXT), ("subject_type", _TEXT)]
)
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
    replace_rows(con, "contact_research_people", pa.Table.from_pylist(list(people), schema=PEOPLE))
    replace_rows(con, "contact_research_purchases", pa.Table.from_pylist(list(purchases), schema=PURCHASES))
    mine = f"subject_type = '{REJECTED_TYPE}'"
    replace_rows(con, "rejected_inputs", pa.Table.from_pylist(list(rejected), schema=REJECTED), where=mine)
