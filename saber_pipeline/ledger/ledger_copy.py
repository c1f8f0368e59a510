"""All rows of one ledger written into another, and compared: a file's and a database's alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import sqlalchemy as sa

from saber_pipeline.ledger import alert_tables
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.dialect import go_on_counting
from saber_pipeline.ledger.migrations import VERSION_KEY
from saber_pipeline.ledger.moved import ARRIVING, MOVED
from saber_pipeline.ledger.slices import SLICE_ROWS

TABLES: tuple[sa.Table, ...] = tuple(alert_tables.alerts.metadata.sorted_tables)  # with those of alerts
DIRECTORY = "directory"
"""The key of the id of the data directory that a ledger in a database belongs to."""

OF_ONE_PLACE = (VERSION_KEY, DIRECTORY, MOVED, ARRIVING)
"""Facts that each ledger has for itself."""

Told = Callable[[int], None]
"""Is told how many more rows were worked on."""


class Contents(NamedTuple):
    """How many rows a table has, and a number that two tables share only if they hold the same rows."""

    rows: int
    digest: int


def contents(connection: sa.Connection, table: sa.Table, *, told: Told = lambda _rows: None) -> Contents:
    """What is in a table, whatever order its rows are in.

    Each row counts by a hash of its own. A NUL in a text does not count, since Postgres keeps none.
    """
    rows = digest = 0
    for some in _slices(connection, table):
        for row in some:
            values = [value.replace("\0", "") if isinstance(value, str) else value for value in row]
            digest += int.from_bytes(blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=32).digest())
        rows += len(some)
        told(len(some))
    return Contents(rows, digest % 2**256)


def count_rows(connection: sa.Connection) -> Mapping[str, int]:
    """How many rows each table has; what each ledger has for itself does not count."""
    return {
        table.name: connection.execute(
            sa.select(sa.func.count()).select_from(_what_moves(table).subquery())
        ).scalar_one()
        for table in TABLES
    }


def copy_rows(source: sa.Connection, target: sa.Connection, *, told: Told) -> list[str]:
    """Write all rows of ``source`` into ``target`` in place of its own; the tables that differ afterwards: none."""
    for table in reversed(TABLES):
        kept = table.c.name == VERSION_KEY if table is t.key_values else sa.false()
        target.execute(sa.delete(table).where(sa.not_(kept)))
    for table in TABLES:
        for some in _slices(source, table):
            target.execute(sa.insert(table), [row._asdict() for row in some])
            told(len(some))
        go_on_counting(target, table)
    return [table.name for table in TABLES if contents(source, table) != contents(target, table, told=told)]


def _slices(connection: sa.Connection, table: sa.Table) -> Iterator[Sequence[sa.Row[Any]]]:
    query = _what_moves(table)
    if table is t.published:
        query = query.order_by(table.c.published_at)  # in a file, of a pair's signals the one written last counts
    yield from connection.execute(query, execution_options={"yield_per": SLICE_ROWS}).partitions()


def _what_moves(table: sa.Table) -> sa.Select[Any]:
    query = sa.select(table)
    return query.where(table.c.name.not_in(OF_ONE_PLACE)) if table is t.key_values else query
