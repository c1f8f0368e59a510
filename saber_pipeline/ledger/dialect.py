"""Where SQLite and Postgres speak differently: every statement of the ledger that has two forms chooses here.

Elsewhere the statements are the same for both. Nothing here imports Postgres's driver.
"""

from __future__ import annotations

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
    """An insert that may say ``on_conflict_…``, which both have and SQLAlchemy keeps apart."""
    if is_postgres(connection):
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - where a file is used it would cost 0.05 s

        return cast("sqlite.Insert", postgresql.insert(table))  # the same methods
    return sqlite.insert(table)


def is_among(
    connection: sa.Connection, column: sa.ColumnElement[Any], texts: Sequence[str], *, as_json: str
) -> sa.ColumnElement[bool]:
    """Whether ``column`` is one of many ``texts``; ``as_json`` holds the same as a JSON list.

    Postgres would read a table without statistics again for each text of a subquery: an array it looks up.
    """
    if is_postgres(connection):
        return column == sa.any_(_array(texts))
    asked = sa.func.json_each(as_json).table_valued("value")
    return column.in_(sa.select(asked.c.value))


TEXTS = "texts"


def is_among_texts(column: sa.ColumnElement[Any], *, on_postgres: bool) -> sa.ColumnElement[bool]:
    """Likewise in a statement that is made once: its parameter TEXTS has the texts, as ``texts_value`` gives them."""
    if on_postgres:
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - as above

        return column == sa.any_(sa.bindparam(TEXTS, type_=postgresql.ARRAY(sa.Text)))
    asked = sa.func.json_each(sa.bindparam(TEXTS, type_=sa.Text)).table_valued("value")
    return column.in_(sa.select(asked.c.value))


def texts_value(texts: Sequence[str], *, on_postgres: bool) -> Sequence[str] | str:
    """What ``is_among_texts`` takes for ``texts``."""
    return list(texts) if on_postgres else msgspec.json.encode(texts).decode()


def as_rows(connection: sa.Connection, texts: Sequence[str], *, as_json: str) -> sa.ColumnElement[str]:
    """``texts`` as the column of a table to select from; ``as_json`` holds the same as a JSON list."""
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
    """A number without what stands behind its point. SQLite's cast cuts that off; Postgres's rounds."""
    return sa.cast(sa.func.trunc(number) if is_postgres(connection) else number, sa.Integer)


@contextmanager
def joined_as_sets(connection: sa.Connection) -> Iterator[None]:
    """Within the block large tables are joined as sets.

    Postgres takes a table without statistics for a small one, and reads it again for each row of the other one:
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
    """``query`` with one row for each ``key``, the newest by ``at``, as Postgres takes it."""
    nth = sa.func.row_number().over(partition_by=list(key), order_by=at.desc()).label("nth")
    ranked = query.add_columns(nth).subquery()
    return sa.select(*(column for column in ranked.c if column.name != "nth")).where(ranked.c.nth == 1)


def go_on_counting(connection: sa.Connection, table: sa.Table) -> None:
    """After rows were written with their numbers: those that Postgres gives go on behind them, as SQLite's do."""
    column = table.autoincrement_column
    if column is None or not is_postgres(connection):
        return
    highest = sa.select(sa.func.max(column)).scalar_subquery()
    sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
    connection.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(highest, 1), highest.is_not(None))))


def clock(connection: sa.Connection) -> float:
    """Seconds since 1970 by the one clock that every run of the ledger goes by.

    With a file that is the machine's; on Postgres, where runs come from several machines, the database's.
    """
    if is_postgres(connection):
        return float(connection.execute(sa.select(sa.func.extract("epoch", sa.func.clock_timestamp()))).scalar_one())
    return time.time()


def this_machine(connection: sa.Connection) -> str:
    """What tells apart where process numbers mean something else.

    Machines that share a ledger may share a name: clones, and containers. There the boot and the namespace of process
    numbers count too.
    """
    return f"{socket.gethostname()} {_boot_and_namespace()}" if is_postgres(connection) else socket.gethostname()


@cache
def _boot_and_namespace() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"unknown {os.urandom(8).hex()}"  # no Linux: like no other, so that only heartbeats count
