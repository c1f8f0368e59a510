"""Copies all rows of one ledger into another and compares them. Either may be a file or a database."""

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

TABLES: tuple[sa.Table, ...] = tuple(alert_tables.alerts.metadata.sorted_tables)  # the import adds the tables of alerts
DIRECTORY = "directory"
"""The key under which a ledger in a database keeps the id of its data directory."""

NOT_COPIED = (VERSION_KEY, DIRECTORY, MOVED, ARRIVING)
"""Keys whose values belong to one ledger alone."""

OnRows = Callable[[int], None]
"""Called with the number of rows processed since the last call."""


class Contents(NamedTuple):
    """The number of rows of a table, and a digest that is equal for equal rows."""

    rows: int
    digest: int


def contents(connection: sa.Connection, table: sa.Table, *, on_rows: OnRows = lambda _rows: None) -> Contents:
    """The contents of a table, independent of the order of its rows.

    The digest is the sum of a hash for each row. It ignores NULs in texts, because Postgres keeps none.
    """
    rows = digest = 0
    for chunk in _slices(connection, table):
        for row in chunk:
            values = [value.replace("\0", "") if isinstance(value, str) else value for value in row]
            digest += int.from_bytes(blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=32).digest())
        rows += len(chunk)
        on_rows(len(chunk))
    return Contents(rows, digest % 2**256)


def count_rows(connection: sa.Connection) -> Mapping[str, int]:
    """The number of rows of each table, without the values of ``NOT_COPIED``."""
    return {
        table.name: connection.execute(
            sa.select(sa.func.count()).select_from(_copied_rows(table).subquery())
        ).scalar_one()
        for table in TABLES
    }


def copy_rows(source: sa.Connection, target: sa.Connection, *, on_rows: OnRows) -> list[str]:
    """Replace the rows of ``target`` by those of ``source``. Returns tables that still differ; none if it worked."""
    for table in reversed(TABLES):
        kept = table.c.name == VERSION_KEY if table is t.key_values else sa.false()
        target.execute(sa.delete(table).where(sa.not_(kept)))
    for table in TABLES:
        for chunk in _slices(source, table):
            target.execute(sa.insert(table), [row._asdict() for row in chunk])
            on_rows(len(chunk))
        go_on_counting(target, table)
    return [table.name for table in TABLES if contents(source, table) != contents(target, table, on_rows=on_rows)]


def _slices(connection: sa.Connection, table: sa.Table) -> Iterator[Sequence[sa.Row[Any]]]:
    query = _copied_rows(table)
    if table is t.published:
        query = query.order_by(table.c.published_at)  # in a file, the row written last counts among a pair's signals
    yield from connection.execute(query, execution_options={"yield_per": SLICE_ROWS}).partitions()


def _copied_rows(table: sa.Table) -> sa.Select[Any]:
    query = sa.select(table)
    return query.where(table.c.name.not_in(NOT_COPIED)) if table is t.key_values else query
