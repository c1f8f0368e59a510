"""The typed tables, one for the answers of each type: their SQL, made of the types' records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.config.answer_types.kinds import TABLES
from saber_pipeline.config.answer_types.record import Column
from saber_pipeline.warehouse.sql import literal

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
    """CREATE TABLE for each typed table."""
    made = []
    for kind in TABLES:
        columns = ",\n".join(f"    {_definition(c)}" for c in (*FIRST_COLUMNS, *kind.all_columns, *LAST_COLUMNS))
        made.append(f"CREATE TABLE {kind.table} (\n{columns}\n);")
    return "\n\n".join(made)


def comment_statements() -> str:
    """COMMENT ON each typed table and each of its columns."""
    return "\n\n".join(_comments(kind) for kind in TABLES)


def _comments(kind: AnswerKind) -> str:
    columns = (*FIRST_COLUMNS, *kind.all_columns, *LAST_COLUMNS)
    meanings = {_name(column.name): column.meaning for column in columns}
    return "\n".join(
        [
            f"COMMENT ON TABLE {kind.table} IS {literal(kind.meaning)};",
            *(f"COMMENT ON COLUMN {kind.table}.{n} IS {literal(text)};" for n, text in meanings.items()),
        ]
    )


def _definition(column: Column) -> str:
    return f"{_name(column.name)} {_sql_type(column.type)}{' USING COMPRESSION zstd' if column.is_prose else ''}"


def _sql_type(of: ColumnType) -> str:
    if isinstance(of, list):
        return f"{_sql_type(of[0])}[]"
    if isinstance(of, dict):
        return f"STRUCT({', '.join(f'{_name(name)} {_sql_type(inner)}' for name, inner in of.items())})"
    return of


def _name(name: str) -> str:
    return f'"{name}"' if name in _QUOTED else name
