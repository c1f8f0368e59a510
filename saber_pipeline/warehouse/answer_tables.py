"""Which typed table holds the answers of a type, and with which columns.

The types themselves are in schema.sql; here are the names that views are made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.config.questions.question import AnswerType

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class AnswerTable:
    """A typed table: its name, its columns besides the common ones, and what they mean."""

    name: str
    columns: dict[str, str]

    @property
    def has_several_rows(self) -> bool:
        """Whether one answer is several rows, ordered by ``position``."""
        return "position" in self.columns


COMMON_COLUMNS = {"signal_id", "subject", "question_key", "completed_at", "confidence", "question_id"}


def answer_table_name(answer_type: AnswerType) -> str:
    """The table for an answer type; contacts and contacts_generation share one."""
    if answer_type is AnswerType.CONTACTS_GENERATION:
        return "answers_contacts"
    return f"answers_{answer_type.value}"


def read_answer_tables(con: duckdb.DuckDBPyConnection) -> dict[AnswerType, AnswerTable]:
    """Look the tables up in the database, so that schema.sql alone says what their columns are."""
    columns: dict[str, dict[str, str]] = {answer_table_name(answer_type): {} for answer_type in AnswerType}
    rows = con.execute(
        "SELECT table_name, column_name, comment FROM duckdb_columns() "
        "WHERE schema_name = 'main' AND NOT internal ORDER BY table_name, column_index"
    ).fetchall()
    for table, column, comment in rows:
        if table in columns and column not in COMMON_COLUMNS:
            columns[table][column] = comment or ""
    names = {answer_type: answer_table_name(answer_type) for answer_type in AnswerType}
    return {answer_type: AnswerTable(name, columns[name]) for answer_type, name in names.items()}
