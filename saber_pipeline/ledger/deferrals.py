"""Deferrals: purchases that runs could not make for lack of credits, kept until a later run makes them."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import product

import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.bulk import execute_rows
from saber_pipeline.products.product import CONTACT_RESEARCH


@dataclass(frozen=True)
class Deferral:
    """The lists and questions that one run could not buy and no run has bought since.

    ``credits_needed``: the cost of all of them. ``max_credits``: what the run could still have spent.
    ``launched``: the lists for which another run was started since.
    """

    run_id: str
    force_refresh: bool
    credits_needed: int
    max_credits: int | None
    deferred_at: float
    keys_by_list: dict[str, tuple[str, ...]]
    launched: frozenset[str]

    @property
    def waiting(self) -> tuple[str, ...]:
        """The lists for which no run has been started yet."""
        return tuple(name for name in self.keys_by_list if name not in self.launched)

    @property
    def is_research(self) -> bool:
        """Whether this is contact research. Its lists are then research lists, and one run buys for all of them."""
        return any(CONTACT_RESEARCH.question in keys for keys in self.keys_by_list.values())

    def among(self, lists: Collection[str], question_keys: Collection[str]) -> Deferral:
        """The part of this deferral about ``lists`` and ``question_keys``, the ones that still exist."""
        keys = {
            name: tuple(key for key in list_keys if key in question_keys)
            for name, list_keys in self.keys_by_list.items()
            if name in lists
        }
        return replace(self, keys_by_list={name: list_keys for name, list_keys in keys.items() if list_keys})


def defer(
    connection: sa.Connection,
    run_id: str,
    lists: Collection[str],
    question_keys: Collection[str],
    *,
    force_refresh: bool,
    credits_needed: int,
    max_credits: int | None = None,
) -> None:
    """Record that ``run_id`` lacked credits. Replaces earlier deferrals of the same lists and questions."""
    clear_deferred(connection, lists, question_keys)
    statement = sa.insert(t.deferred).values(
        run_id=run_id,
        force_refresh=force_refresh,
        credits_needed=credits_needed,
        max_credits=max_credits,
        deferred_at=time.time(),
    )
    execute_rows(connection, statement, ["list_name", "question_key"], product(lists, question_keys))


def clear_deferred(connection: sa.Connection, lists: Collection[str], question_keys: Collection[str]) -> None:
    """Delete the deferrals of these lists and questions, because a run could pay for them."""
    c = t.deferred.c
    connection.execute(sa.delete(t.deferred).where(c.list_name.in_(lists), c.question_key.in_(question_keys)))


def mark_launched(connection: sa.Connection, run_id: str, list_name: str) -> None:
    """Record that a run was started for this list of the deferral of ``run_id``."""
    c = t.deferred.c
    connection.execute(
        sa.update(t.deferred)
        .where(c.run_id == run_id, c.list_name == list_name, c.launched_at.is_(None))
        .values(launched_at=time.time())
    )


def deferrals(connection: sa.Connection) -> list[Deferral]:
    """All deferrals, oldest first."""
    c = t.deferred.c
    query = sa.select(t.deferred).order_by(c.deferred_at, c.run_id, c.list_name, c.question_key)
    by_run: dict[str, list[sa.Row[tuple[object, ...]]]] = {}
    for row in connection.execute(query):
        by_run.setdefault(row.run_id, []).append(row)
    return [_deferral(rows) for rows in by_run.values()]


def _deferral(rows: Sequence[sa.Row[tuple[object, ...]]]) -> Deferral:
    keys: dict[str, list[str]] = {}
    for row in rows:
        keys.setdefault(row.list_name, []).append(row.question_key)
    return Deferral(
        run_id=rows[0].run_id,
        force_refresh=rows[0].force_refresh,
        credits_needed=rows[0].credits_needed,
        max_credits=rows[0].max_credits,
        deferred_at=rows[0].deferred_at,
        keys_by_list={name: tuple(list_keys) for name, list_keys in keys.items()},
        launched=frozenset(row.list_name for row in rows if row.launched_at is not None),
    )
