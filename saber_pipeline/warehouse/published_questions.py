"""Which questions answers.duckdb was published with: questions.yaml may have changed since then.

Its views show the answers under the keys, and to the questions, of that time. Whoever reads them by a key of today's
file asks here first, or an edited question would show the answers to the question that it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from saber_pipeline.config.questions.question import Question
from saber_pipeline.warehouse.sql import identifier, literal

if TYPE_CHECKING:
    import duckdb

_TABLE = "question_catalog"


def changed_questions(
    con: duckdb.DuckDBPyConnection, questions: Sequence[Question], *, database: str | None = None
) -> tuple[str, ...]:
    """The keys of those that were published as another question, or under another key.

    A question that was never published is not among them: it has no answers that could be taken for its own.

    Args:
        con: a connection to answers.duckdb.
        questions: as questions.yaml has them now.
        database: the name under which answers.duckdb is attached; None if the connection is to itself.
    """
    published = _published(con, database)
    keys_by_id = {question_id: key for key, question_id in published.items()}
    return tuple(
        question.key
        for question in questions
        if published.get(question.key, question.question_id) != question.question_id
        or keys_by_id.get(question.question_id, question.key) != question.key
    )


def _published(con: duckdb.DuckDBPyConnection, database: str | None) -> dict[str, str]:
    """Key → identity of each question that was configured at the last publication."""
    whose = "current_database()" if database is None else literal(database)
    found = con.execute(
        f"SELECT database_name, schema_name FROM duckdb_tables() WHERE table_name = ? AND database_name = {whose}",  # noqa: S608 - quoted
        [_TABLE],
    ).fetchall()
    if not found:
        return {}  # another version published it
    table = ".".join(identifier(name) for name in (*found[0], _TABLE))
    rows = con.execute(f"SELECT question_key, question_id FROM {table} WHERE question_key IS NOT NULL")  # noqa: S608 - quoted
    return dict(rows.fetchall())
