"""The tables of the warehouse, and the check whether a file was made with other tables.

A warehouse holds nothing that landing and ledger do not, so a change of its tables needs no migration.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

import duckdb

from saber_pipeline.config.answer_types.kinds import TABLES
from saber_pipeline.config.answer_types.record import Column
from saber_pipeline.warehouse.landed_records import record_schemas
from saber_pipeline.warehouse.remarks import MADE, comments, with_comments
from saber_pipeline.warehouse.sql import fill_sql
from saber_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from saber_pipeline.config.answer_types.record import AnswerKind, ColumnType


RULES_VERSION = 1
"""Rises when landed files are to be loaded by other rules although the tables stay as they are."""


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Make every table with its comments, in a file that has none yet."""
    if _signature_in(con) is not None:
        return
    with transaction(con):
        for statements in _statements():
            con.execute(statements)
        con.execute("INSERT INTO internal.schema_state VALUES (?)", [_signature()])


def schema_sql() -> str:
    """The statements that make the tables of signals and lists, with their comments as remarks."""
    return fill_sql("schema", answer_tables=table_statements())


def is_outdated(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the file was made by a version with other tables."""
    return _signature_in(con) not in (None, _signature())


def _signature_in(con: duckdb.DuckDBPyConnection) -> str | None:
    """The signature of the file's tables; None where it has none, empty where they have no signature."""
    try:  # nearly always there; a look at all tables takes 10 ms
        return str(con.execute("SELECT signature FROM internal.schema_state").fetchall()[0][0])
    except duckdb.CatalogException:
        pass
    tables = dict(con.execute("SELECT table_name, schema_name FROM duckdb_tables()").fetchall())
    if "schema_state" in tables:  # in main until the pipeline's own tables had a schema of their own
        state = f"{tables['schema_state']}.schema_state"
        return str(con.execute(f"SELECT signature FROM {state}").fetchall()[0][0])  # noqa: S608 - one of two schemas
    return "" if tables else None


def _statements() -> list[str]:
    made = MADE.finditer(schema_sql())
    said = "\n".join(f"{comment};" for each in made for comment in comments(each, quotes=False))
    return [schema_sql(), said, *map(with_comments, record_schemas())]


@cache
def _signature() -> str:
    return hashlib.sha256("\n".join((str(RULES_VERSION), *_statements())).encode()).hexdigest()


FIRST_COLUMNS = (
    Column("signal_id", "VARCHAR", "The signal that gave this answer; joins to signals, sources and changes."),
    Column("subject", "VARCHAR", "Company domain (lower case, ASCII) or contact profile URL."),
    Column("question_key", "VARCHAR", "Key in questions.yaml; NULL when no configured question has this identity."),
    Column("completed_at", "TIMESTAMP", "When the API finished the signal, UTC."),
    Column("confidence", "DOUBLE", "The API's confidence in the answer, 0 to 1."),
)
LAST_COLUMNS = (
    Column("question_id", "VARCHAR", "Identity of the question: a hash over what decides the meaning of its answers."),
)
"""What every typed table has around the columns of its type."""

_QUOTED = {"location", "name", "position"}  # words of SQL


def table_statements() -> str:
    """CREATE TABLE for each typed table, with its comments as schema.sql has them."""
    return "\n\n".join(_statement(kind) for kind in TABLES)


def _statement(kind: AnswerKind) -> str:
    *columns, last = (*FIRST_COLUMNS, *kind.all_columns, *LAST_COLUMNS)
    lines = [
        *(f"    {_definition(each)},  -- {each.meaning}" for each in columns),
        f"    {_definition(last)}  -- {last.meaning}",
    ]
    return "\n".join([f"-- {kind.meaning}", f"CREATE TABLE {kind.table} (", *lines, ");"])


def _definition(column: Column) -> str:
    return f"{_name(column.name)} {sql_type(column.type)}{' USING COMPRESSION zstd' if column.is_prose else ''}"


def sql_type(of: ColumnType) -> str:
    """DuckDB's spelling of a column's type."""
    if isinstance(of, list):
        return f"{sql_type(of[0])}[]"
    if isinstance(of, dict):
        return f"STRUCT({', '.join(f'{_name(name)} {sql_type(inner)}' for name, inner in of.items())})"
    return of


def _name(name: str) -> str:
    return f'"{name}"' if name in _QUOTED else name
