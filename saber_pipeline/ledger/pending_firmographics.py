"""Firmographics from webhooks, between their arrival and their landing.

A webhook is answered once its company is committed here. Webhooks arrive one by one, and land together in few files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.bulk import execute_rows
from saber_pipeline.ledger.dialect import insert

MOST_AT_ONCE = 20_000


@dataclass(frozen=True)
class PendingCompany:
    """``company`` is the API's object as JSON text. Times are seconds since 1970. ``signal_id`` may be ""."""

    domain: str
    signal_id: str
    company: str
    observed_at: float
    received_at: float


def note_company(connection: sa.Connection, company: PendingCompany) -> None:
    """Record a company until it has landed. A repeated delivery replaces the earlier one."""
    statement = insert(connection, t.told_companies).values(asdict(company))
    connection.execute(statement.on_conflict_do_update(index_elements=["domain", "signal_id"], set_=asdict(company)))


def pending_companies(connection: sa.Connection) -> list[PendingCompany]:
    """Companies that have not landed, oldest first, at most ``MOST_AT_ONCE``."""
    c = t.told_companies.c
    rows = connection.execute(sa.select(t.told_companies).order_by(c.received_at, c.domain).limit(MOST_AT_ONCE))
    return [PendingCompany(*row) for row in rows]


def has_companies(connection: sa.Connection) -> bool:
    """Whether any company has not landed."""
    return bool(connection.execute(sa.select(sa.exists(sa.select(t.told_companies)))).scalar_one())


def forget_landed(connection: sa.Connection, landed: Sequence[PendingCompany]) -> None:
    """Delete landed companies. One that was delivered again meanwhile stays."""
    c = t.told_companies.c
    statement = sa.delete(t.told_companies).where(
        c.domain == sa.bindparam("this_domain"),
        c.signal_id == sa.bindparam("this_signal"),
        c.received_at == sa.bindparam("this_time"),
    )
    rows = ((each.domain, each.signal_id, each.received_at) for each in landed)
    execute_rows(connection, statement, ["this_domain", "this_signal", "this_time"], rows)
