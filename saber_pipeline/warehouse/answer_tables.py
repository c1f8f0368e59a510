"""The typed tables, one for the answers of each type: their SQL, made of the types' records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import TABLES
from saber_pipeline.config.answer_types.record import Column

if TYPE_CHECKING:
    from saber_pipeline.config.answer_types.record import AnswerKind, ColumnType

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
