"""Thousands of pairs at once: a question, and a JSON list of its subjects that the databases read and write themselves.

A Python object for each pair would take longer than all the work of SQLite and DuckDB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.dialect import as_json_list, as_rows, insert, is_postgres

SUBJECTS_AT_ONCE = 20_000


class Subjects(NamedTuple):
    """Subjects of one question as a JSON list, and a mark that holds for all of them."""

    question_id: str
    subjects: str
    mark: bool | None = None


def pairs_where(
    connection: sa.Connection,
    condition: sa.ColumnElement[bool],
    question_ids: Iterable[str] | None = None,
    *,
    mark: sa.ColumnElement[bool] | None = None,
) -> Iterator[Subjects]:
    """The ledger's pairs that satisfy ``condition``, of these questions or of all, grouped by the value of ``mark``."""
    c = t.pairs.c
    if question_ids is None:
        question_ids = connection.execute(sa.select(c.question_id).where(condition).distinct()).scalars().all()
    mark_or_null = sa.null() if mark is None else mark
    page = (
        sa.select(c.subject, mark_or_null.label("mark"))
        .where(condition, c.question_id == sa.bindparam("of_question"), c.subject > sa.bindparam("after"))
        .order_by(c.subject)
        .limit(SUBJECTS_AT_ONCE)
        .subquery()
    )
    subject = page.c.subject
    listed = sa.select(page.c.mark, sa.func.count(), sa.func.max(subject), as_json_list(connection, subject))
    statement = listed.group_by(page.c.mark)
    for question_id in question_ids:
        after, is_more = "", True
        while is_more:
            rows = connection.execute(statement, {"of_question": question_id, "after": after}).fetchall()
            for is_marked, _, _, subjects in rows:
                yield Subjects(question_id, subjects, None if is_marked is None else bool(is_marked))
            is_more = sum(count for _, count, _, _ in rows) >= SUBJECTS_AT_ONCE
            after = max((last for _, _, last, _ in rows), default="")


def await_subjects(connection: sa.Connection, run_id: str, pairs: Iterable[Subjects]) -> None:
    """Record that ``run_id`` waits for ``pairs``, in addition to pairs recorded before."""
    for question_id, subjects, _ in pairs:
        texts = msgspec.json.decode(subjects, type=list[str]) if is_postgres(connection) else ()
        rows = sa.select(
            sa.literal(run_id), sa.literal(question_id), as_rows(connection, texts, as_json=subjects)
        ).where(sa.true())  # without a condition SQLite parses ON CONFLICT as part of a join
        statement = insert(connection, t.awaited).from_select(["run_id", "question_id", "subject"], rows)
        connection.execute(statement.on_conflict_do_nothing())
