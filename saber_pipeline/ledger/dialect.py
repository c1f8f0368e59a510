"""The differences between SQLite and Postgres. Every ledger statement that needs two forms chooses one here.

All other statements are the same for both. This module does not import Postgres's driver.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite


def is_postgres(connection: sa.Connection) -> bool:
    """Whether the ledger is on Postgres."""
    return connection.dialect.name == "postgresql"


def insert(connection: sa.Connection, table: sa.Table) -> sqlite.Insert:
    """An insert with ``on_conflict_…``, which both databases have but SQLAlchemy offers for each separately."""
    if is_postgres(connection):
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - where a file is used it would cost 0.05 s

        return cast("sqlite.Insert", postgresql.insert(table))  # the same methods
    return sqlite.insert(table)


def is_among(connection: sa.Connection, column: sa.ColumnElement[Any], texts: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether ``column`` is one of many ``texts``.

    Postgres would read a table without statistics again for each text of a subquery, so it gets an array.
    """
    if is_postgres(connection):
        return column == sa.any_(_array(texts))
    asked = sa.func.json_each(json.dumps(texts)).table_valued("value")
    return column.in_(sa.select(asked.c.value))


TEXTS = "texts"


def is_among_texts(column: sa.ColumnElement[Any], *, on_postgres: bool) -> sa.ColumnElement[bool]:
    """``is_among`` for a reusable statement. Its parameter TEXTS takes the result of ``texts_value``."""
    if on_postgres:
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - as above

        return column == sa.any_(sa.bindparam(TEXTS, type_=postgresql.ARRAY(sa.Text)))
    asked = sa.func.json_each(sa.bindparam(TEXTS, type_=sa.Text)).table_valued("value")
    return column.in_(sa.select(asked.c.value))


def texts_value(texts: Sequence[str], *, on_postgres: bool) -> Sequence[str] | str:
    """The value of the parameter TEXTS for ``texts``."""
    return list(texts) if on_postgres else msgspec.json.encode(texts).decode()


def as_rows(connection: sa.Connection, texts: Sequence[str], *, as_json: str) -> sa.ColumnElement[str]:
    """``texts`` as a table column to select from; ``as_json`` is the same list as JSON."""
    if is_postgres(connection):
        table = sa.func.unnest(_array(texts)).table_valued("value").render_derived()
        return cast("sa.ColumnElement[str]", table.c.value)
    return cast("sa.ColumnElement[str]", sa.func.json_each(as_json).table_valued("value").c.value)


def as_json_list(connection: sa.Connection, column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """The texts of a group as one JSON list."""
    if is_postgres(connection):
        return sa.cast(sa.func.json_agg(column), sa.Text)
    return cast("sa.ColumnElement[str]", sa.func.json_group_array(column))


def _array(texts: Sequence[str]) -> sa.ColumnElement[Any]:
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - as above

    return sa.literal(list(texts), postgresql.ARRAY(sa.Text))


def smaller(connection: sa.Connection, one: Any, other: Any) -> sa.ColumnElement[Any]:
    """The smaller of two numbers."""
    return sa.func.least(one, other) if is_postgres(connection) else sa.func.min(one, other)


def whole(connection: sa.Connection, number: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    """A number without its fraction. SQLite's cast truncates; Postgres's cast rounds, so it is truncated first."""
    return sa.cast(sa.func.trunc(number) if is_postgres(connection) else number, sa.Integer)


@contextmanager
def joined_as_sets(connection: sa.Connection) -> Iterator[None]:
    """Within the block, Postgres joins large tables as sets.

    Otherwise it takes a table without statistics for a small one, and reads it again for each row of the other table:
    113 seconds for 20,000 pairs.
    """
    if not is_postgres(connection):
        yield
        return
    connection.exec_driver_sql("SET LOCAL enable_nestloop = off")
    yield
    connection.exec_driver_sql("SET LOCAL enable_nestloop TO DEFAULT")


def newest_of_each(
    query: sa.Select[Any], key: Sequence[sa.ColumnElement[Any]], at: sa.ColumnElement[Any]
) -> sa.Select[Any]:
    """``query`` reduced to one row for each ``key``, the newest by ``at``, in Postgres's form."""
    nth = sa.func.row_number().over(partition_by=list(key), order_by=at.desc()).label("nth")
    ranked = query.add_columns(nth).subquery()
    return sa.select(*(column for column in ranked.c if column.name != "nth")).where(ranked.c.nth == 1)


def go_on_counting(connection: sa.Connection, table: sa.Table) -> None:
    """Move Postgres's sequence behind the highest number that rows were written with. SQLite does so by itself."""
    column = table.autoincrement_column
    if column is None or not is_postgres(connection):
        return
    highest = sa.select(sa.func.max(column)).scalar_subquery()
    sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
    connection.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(highest, 1), highest.is_not(None))))


def clock(connection: sa.Connection) -> float:
    """Seconds since 1970 by the clock shared by all runs of the ledger.

    For a file, that is the machine's clock. On Postgres, whose runs come from several machines, it is the database's.
    """
    if is_postgres(connection):
        return float(connection.execute(sa.select(sa.func.extract("epoch", sa.func.clock_timestamp()))).scalar_one())
    return time.time()


def this_machine(connection: sa.Connection) -> str:
    """A name for the scope in which process ids are unique.

    Machines that share a ledger may have the same host name (clones, containers), so on Postgres the name includes the
    boot id and the PID namespace.
    """
    return f"{socket.gethostname()} {_boot_and_namespace()}" if is_postgres(connection) else socket.gethostname()


@cache
def _boot_and_namespace() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"unknown {os.urandom(8).hex()}"  # not Linux: a unique name, so that only heartbeats count
