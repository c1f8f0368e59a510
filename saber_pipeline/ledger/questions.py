"""All questions ever asked, so that their signals are recognised after questions.yaml has changed."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Collection, Iterable

import sqlalchemy as sa

from saber_pipeline.config.questions.question import AnswerType, Question, SubjectType, VerificationMode
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.dialect import insert

RECOGNISED_BY = (
    *("text", "answer_type", "about", "verification_mode", "output_schema", "connectors"),
    *("template_id", "template_version"),
)
"""The fields of a question that are needed to recognise its signals."""


def remember_questions(connection: sa.Connection, questions: Iterable[Question]) -> None:
    """Record the fields that are needed to recognise the signals of ``questions``."""
    for question in questions:
        statement = insert(connection, t.questions).values(
            question_id=question.question_id,
            question_key=question.key,
            definition=json.dumps({name: getattr(question, name) for name in RECOGNISED_BY}),
            asked_at=time.time(),
        )
        statement = statement.on_conflict_do_update(
            index_elements=["question_id"],
            set_={"question_key": question.key, "asked_at": statement.excluded.asked_at},
        )
        connection.execute(statement)


def asked_questions(connection: sa.Connection) -> dict[str, Question]:
    """Every question ever asked, by its identity."""
    return {
        row.question_id: _question(row.question_key, row.definition)
        for row in connection.execute(sa.select(t.questions))
    }


def earlier_identities(connection: sa.Connection, questions: Iterable[Question]) -> list[tuple[str, str]]:
    """``(question_key, question_id)`` of the former questions under the keys of ``questions``."""
    now = {question.key: question.question_id for question in questions}
    rows = connection.execute(sa.select(t.questions.c.question_key, t.questions.c.question_id))
    return [(key, question_id) for key, question_id in rows if key in now and now[key] != question_id]


def cache_twins(connection: sa.Connection, questions: Collection[Question]) -> list[tuple[str, str]]:
    """``(question_id, twin_id)``: other questions that the API's cache takes for one of ``questions``.

    They were asked at some time, or are among ``questions``. The cache compares text, answer type, verification mode
    and schema, and neither connectors nor templates.
    """
    by_cached: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for question_id, question in (asked_questions(connection) | {q.question_id: q for q in questions}).items():
        by_cached[_cached_as(question)].append(question_id)
    return [
        (question.question_id, twin_id)
        for question in questions
        for twin_id in by_cached.get(_cached_as(question), ())
        if question.text and twin_id != question.question_id
    ]


def _cached_as(question: Question) -> tuple[str, ...]:
    schema = json.dumps(question.output_schema, sort_keys=True)
    return question.about, question.text, question.sent_as, question.verification_mode, schema


def _question(key: str, definition: str) -> Question:
    fields = json.loads(definition)
    types = {
        "answer_type": AnswerType(fields["answer_type"]),
        "about": SubjectType(fields["about"]),
        "verification_mode": VerificationMode(fields["verification_mode"]),
    }
    return Question(key=key, **({name: fields.get(name) for name in RECOGNISED_BY} | types))
