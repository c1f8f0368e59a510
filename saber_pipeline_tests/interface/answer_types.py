"""What people see of each answer type, in every place: its table, views, criteria, truth and reviews.

Each type has four answers: an older and a newer one about acme.com in the API's usual words, and two about b.com. The
newer one about b.com is worded otherwise, and the API says that nothing has changed. The cell is what a person writes
about acme.com as true, and about c.com as a decision; the one about b.com is no answer to most types.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import duckdb

from saber_pipeline.config.answer_types.kinds import ANSWER_KINDS, second_column
from saber_pipeline.config.answer_types.record import AnswerType, camel_case
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.choices import choice_schema
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.report.report_queries import Answers
from saber_pipeline.runs.truth_and_reviews import load_told_files
from saber_pipeline.warehouse.list_rows import load_lists
from saber_pipeline.warehouse.load import load_landed
from saber_pipeline.warehouse.load_sql import load_sql
from saber_pipeline.warehouse.schema import FIRST_COLUMNS, LAST_COLUMNS, create_tables
from saber_pipeline.warehouse.truth_and_review_tables import mark_reviews
from saber_pipeline.warehouse.views import apply_questions
from saber_pipeline_tests.warehouse.signals import land, raw_signal
from saber_pipeline_tests.warehouse.test_views import snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COMMON = {column.name for column in (*FIRST_COLUMNS, *LAST_COLUMNS)}
OTHERWISE = 3
"""The number of the answer that is worded otherwise."""
OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}}


@dataclass(frozen=True)
class Sample:
    """Members of answers as the API gives them, a condition that the newer one meets, and a cell that says the same."""

    older: Any
    newer: Any
    otherwise: Any
    condition: str = ""
    cell: str = ""
    schema: dict[str, Any] | None = None
    delta: dict[str, Any] | None = None  # what the API says of the newer one


def _rows(field: str, *values: str) -> dict[str, Any]:
    return {"value": [{field: value} for value in values]}


_PERSON = {
    "fullName": "x",
    "positions": [{"companyName": "c", "startedOn": {"year": 2020, "month": 1}}],
    "education": [{"schoolName": "s", "endDate": {"year": 2010}}],
}
_PEOPLE = Sample(
    {"value": [_PERSON, {"fullName": "z"}]}, {"value": [_PERSON, {"fullName": "y"}]}, _rows("fullName", "w")
)
SAMPLES: dict[AnswerType, Sample] = {
    AnswerType.OPEN_TEXT: Sample({"value": "x " * 21}, {"value": "x  Z"}, {"value": 5}, "z", "X, z."),
    AnswerType.NUMBER: Sample({"value": 20}, {"value": 25.0}, {"value": "1,200"}, "10-30", "24.5"),
    AnswerType.BOOLEAN: Sample({"value": True}, {"value": False}, {"value": "Yes"}, "no", "n"),
    AnswerType.LIST: Sample(
        {"value": ["x", "z", "v"]},
        {"value": ["x", "y", "w"]},
        {"value": "x"},
        "y",
        "Y; w; x",
        delta={"type": "SEMANTIC_LIST", "matched": [{"previous": "v", "current": "w"}]},
    ),
    AnswerType.PERCENTAGE: Sample(
        {"value": 20, "unit": "%"}, {"value": 25, "unit": "percent"}, {"value": "5 %"}, "> 21", "25 %"
    ),
    AnswerType.CURRENCY: Sample(
        {"value": 20, "currency": "eur"}, {"value": 25.5, "currency": "eur"}, {"value": "1,200.50"}, "> 21", "25.50 EUR"
    ),
    AnswerType.URL: Sample(
        {"value": "https://a.b/x"}, {"value": "https://www.a.b/y/"}, {"value": "https://c.d"}, "y", "http://A.b/y"
    ),
    AnswerType.CONTACTS: _PEOPLE,
    AnswerType.CONTACTS_GENERATION: _PEOPLE,
    AnswerType.CONTACT_POSTS: Sample(
        {"value": [{"postUrl": "u", "postText": "x", "author": {"name": "A"}, "subject": "s"}]},
        {"value": [{"postUrl": "u", "postText": "y", "author": {"name": "A"}, "subject": "s"}]},
        _rows("postUrl", "v"),
    ),
    AnswerType.CONTACT_ENGAGEMENTS: Sample(
        {"value": [{"postUrl": "u", "commentText": "x", "engagementDate": "2026-01-01T00:00:00Z"}]},
        {"value": [{"postUrl": "v", "commentText": "x", "engagementDate": "2026-01-02T00:00:00Z"}]},
        _rows("postUrl", "w"),
    ),
    AnswerType.JSON_SCHEMA: Sample({"a": "x"}, {"a": "y"}, {"a": "z"}, schema=OBJECT),
    AnswerType.CHOICE: Sample({"choice": "x"}, {"choice": "y"}, {"choice": " Y "}, "y", "Y", choice_schema(["x", "y"])),
}
SAID_IN = {
    "typed": "SELECT signal_id, answer_typed FROM signals WHERE question_key = ? ORDER BY signal_id",
    "account_answers": "SELECT domain, value FROM account_answers WHERE question_key = ? ORDER BY ALL",
    "answer_changes": "SELECT old_value, new_value, added_items, removed_items, updated_items, difference "
    "FROM answer_changes WHERE question_key = ? ORDER BY ALL",
    "answer_values": "SELECT subject, value FROM answer_values WHERE question_key = ? ORDER BY ALL",
    "qualifications": "SELECT subject, verdict, reason FROM qualifications WHERE question_key = ? ORDER BY ALL",
    "answer_checks": "SELECT value, verdict FROM answer_checks WHERE question_key = ? ORDER BY ALL",
}


def answer_types(types: Iterable[AnswerType] = AnswerType) -> Iterator[str]:
    """The answer types and what is seen of them."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        create_tables(con)
        paths = DataPaths(Path(folder) / "data")
        questions = [_question(answer_type) for answer_type in types]
        steps = _load(con, paths, questions)
        counted = Answers(con).ask("answers_by_value").rows
        wide = [column[0] for column in con.execute("DESCRIBE accounts").fetchall()]
        for question in questions:
            kind = ANSWER_KINDS[question.answer_type]
            yield str(question.answer_type)
            yield f"  asked for as {question.sent_as}, answered as {kind.replied_as or question.answer_type}"
            yield f"  bought {'in batches' if question.fits_batches else 'one by one'}"
            for name, of, comment in con.execute(
                "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = ?", [kind.table]
            ).fetchall():
                if name not in COMMON:
                    yield f"  column {name} {of} -- {comment}"
            shown = [name for name in wide if name in {question.key, f"{question.key}_{second_column(kind.type)}"}]
            for row in con.execute(f"SELECT domain, {', '.join(shown)} FROM accounts ORDER BY ALL").fetchall():  # noqa: S608
                yield f"  accounts: {', '.join(map(repr, row))}"
            for place, query in SAID_IN.items():
                found = con.execute(query, [question.key] * query.count("?")).fetchall()
                yield from (f"  {place}: {', '.join(map(repr, row))}" for row in found)
            told = (row for key, *row in counted if key == question.key)
            yield from (f"  answers_by_value: {', '.join(map(repr, row))}" for row in told)
        yield from (f"loaded by {', '.join(files)}" for files in steps)
        yield from (f"not used: {row}" for row in con.execute("FROM file_problems ORDER BY ALL").fetchall())


def _question(answer_type: AnswerType) -> Question:
    sample = SAMPLES[answer_type]
    criteria = {sample.condition: "good"} if sample.condition else None
    return Question(
        answer_type.value, f"{answer_type}?", answer_type, output_schema=sample.schema, qualification_criteria=criteria
    )


def _load(con: duckdb.DuckDBPyConnection, paths: DataPaths, questions: list[Question]) -> list[list[str]]:
    """The steps of the two loads: one of answers in the usual words, one of the others."""
    paths.warehouse_folder.mkdir(parents=True)
    snapshot(paths.landed_lists(COMPANIES), "all", "acme.com", "b.com", "c.com")
    load_lists(con, paths)
    apply_questions(con, questions)
    steps = []
    for is_usual in (True, False):
        for question in questions:
            sample = SAMPLES[question.answer_type]
            if is_usual:
                land(paths, f"{question.key}0", [_signal(question, 0, sample.older, "b.com")], question)
                land(paths, f"{question.key}1", [_signal(question, 1, sample.older)], question)
                land(paths, f"{question.key}2", [_signal(question, 2, sample.newer)], question)
            else:
                land(paths, f"{question.key}3", [_signal(question, OTHERWISE, sample.otherwise, "b.com")], question)
        with patch("saber_pipeline.warehouse.load_piece.load_sql", side_effect=load_sql) as spy:
            load_landed(con, paths)
        steps.append(sorted({call.args[0] for call in spy.call_args_list}))
    told = {q.key: SAMPLES[q.answer_type].cell for q in questions if SAMPLES[q.answer_type].cell}
    paths.truth.mkdir(parents=True)
    cells = ",".join(f'"{cell}"' for cell in told.values())
    table = ["domain," + ",".join(told), "acme.com," + cells, "b.com," + ",".join("?" for _ in told)]
    (paths.truth / "a.csv").write_text("\n".join(table), encoding="utf-8")
    rows = "".join(f'c.com,{key},"{cell}",ada,2026-02-01\n' for key, cell in told.items())
    paths.reviews_file.write_text(f"domain,question,value,who,when\n{rows}", encoding="utf-8")
    load_told_files(con, paths, questions)
    mark_reviews(con)
    return steps


def _signal(question: Question, number: int, payload: Any, domain: str = "acme.com") -> bytes:
    named = ANSWER_KINDS[question.answer_type].replied_as or question.answer_type
    delta = SAMPLES[question.answer_type].delta
    changes = {
        2: {"changeType": "CHANGED", "previousSignalId": f"{question.key} 1", "changeDelta": delta},
        OTHERWISE: {"changeType": "NO_CHANGE", "previousSignalId": f"{question.key} 0"},
    }
    return raw_signal(
        f"{question.key} {number}",
        {"type": named.value, camel_case(named) if number < OTHERWISE else "answer": payload},
        question.sent_as.value,
        domain=domain,
        question=question.text,
        completedAt=f"2026-01-0{max(1, number)}T00:00:00Z",
        changeContext=changes.get(number),
    )
