"""What the ledger tells the warehouse about contact research, as rows of its tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.known_people import list_rows
from saber_pipeline.ledger.run_ids import orchestrator_id
from saber_pipeline.ledger.tables import ResearchState
from saber_pipeline.warehouse.ledger_tables import REJECTED_TYPE

Rows = list[dict[str, Any]]

_WHO = ("first_name", "last_name", "company_name", "company_domain")


def research_rows(connection: sa.Connection) -> dict[str, Rows]:
    """``people``, ``purchases`` and ``rejected``: the arguments of ``load_research_tables``."""
    people, rejected = _list_rows(connection)
    return {"people": people, "purchases": _purchases(connection), "rejected": rejected}


def _list_rows(connection: sa.Connection) -> tuple[Rows, Rows]:
    people, rejected = [], []
    for row in list_rows(connection):
        where = {"list": row.list_name, "row_number": row.row_number}
        if row.person is None:
            rejected.append({**where, "raw_value": row.raw, "reason": row.reason, "subject_type": REJECTED_TYPE})
        else:
            people.append({**where, "person_id": row.person_id, **json.loads(row.person), "attributes": row.raw})
    return people, rejected


def _purchases(connection: sa.Connection) -> Rows:
    r, p = t.researches.c, t.research_people.c
    query = (
        sa.select(t.researches, p.person, p.profile_url)
        .join(t.research_people, p.person_id == r.person_id)
        .where(r.state.not_in([ResearchState.CLAIMED, ResearchState.DUE]))
        .order_by(r.number)
    )
    return [_purchase(row) for row in connection.execute(query)]


def _purchase(row: sa.Row[tuple[Any, ...]]) -> dict[str, Any]:
    person = json.loads(row.person)
    return {
        "number": row.number,
        "person_id": row.person_id,
        "state": row.state,
        "research_id": row.research_id,
        "is_adopted": row.is_adopted,
        "result": row.result,
        "credits": row.credits,
        "reason": row.reason,
        "intended_at": _naive_utc(row.intended_at),
        "ended_at": _naive_utc(row.ended_at),
        "is_forced": row.request_id is not None,
        "run_id": orchestrator_id(row.run_id),
        **{name: person.get(name) for name in _WHO},
        "contact_profile_url": row.profile_url,
    }


def _naive_utc(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, tz=UTC).replace(tzinfo=None)
