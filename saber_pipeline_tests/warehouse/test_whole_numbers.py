"""A whole number of the API is loaded as it is meant, wherever it stands: 2.5 is neither 2 nor 3, and true is not 1."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import saber_pipeline.warehouse
from saber_pipeline.config.answer_types.kinds import TABLES
from saber_pipeline.config.answer_types.record import camel_case
from saber_pipeline.config.questions.question import Question
from saber_pipeline.warehouse.landed_records import RecordKind
from saber_pipeline.warehouse.landing import LandingWriter
from saber_pipeline.warehouse.load_sql import insert_answers
from saber_pipeline_tests.warehouse.signals import land, raw_signal
from saber_pipeline_tests.warehouse.test_found_contacts import EARLIER, land_search

if TYPE_CHECKING:
    from saber_pipeline.config.answer_types.record import AnswerKind, ColumnType
    from saber_pipeline_tests.warehouse.conftest import OpenWarehouse

NUMBERS: list[tuple[Any, int | None]] = [
    (12, 12),
    (12.0, 12),
    ("12", 12),
    (" 12 ", 12),
    (1e3, 1000),
    (2**53 + 1, 2**53 + 1),
    (-3, -3),
    (2.5, None),
    ("2.5", None),
    (True, None),
    (1e30, None),
    ("many", None),
    ([1], None),
    (None, None),
]
WITH_ROWS = [
    kind for kind in TABLES if kind.has_several_rows and '"BIGINT"' in json.dumps([c.type for c in kind.columns])
]


def given(of: ColumnType, number: object) -> Any:
    """A value of a type as the API has it, with ``number`` for each whole number."""
    if isinstance(of, list):
        return [given(of[0], number)]
    if isinstance(of, dict):
        return {camel_case(name): given(inner, number) for name, inner in of.items()}
    return number if of == "BIGINT" else "text"


def loaded(of: ColumnType, number: int | None) -> Any:
    """The same as the table has it."""
    if isinstance(of, list):
        return [loaded(of[0], number)]
    if isinstance(of, dict):
        return {name: loaded(inner, number) for name, inner in of.items()}
    return number if of == "BIGINT" else "text"


@pytest.mark.parametrize("kind", WITH_ROWS, ids=lambda kind: kind.type.value)
def test_answers_of_several_rows(warehouse: OpenWarehouse, kind: AnswerKind) -> None:
    """Every whole number of contacts and posts, however deep: followers, months, reactions."""
    columns = [column for column in kind.columns if column.name != "position" and not column.is_time]
    items = [{column.api_name: given(column.type, number) for column in columns} for number, _ in NUMBERS]
    answer = {"type": kind.type.value, camel_case(kind.type.value): {"value": items}}
    question = Question("q", "?", kind.type)
    land(warehouse.paths, "a", [raw_signal("1", answer, kind.type.value)], question)
    warehouse.load(question)
    names = ", ".join(column.name for column in columns)
    rows = warehouse.rows(f"SELECT {names} FROM {kind.table} ORDER BY position")  # noqa: S608 - names of ours
    assert rows == [tuple(loaded(column.type, number) for column in columns) for _, number in NUMBERS]


def test_found_contacts(warehouse: OpenWarehouse) -> None:
    """Months and years of people that a search found."""
    month, tenure = ("year", "month"), ("years", "months")
    people = [
        (
            f"person{n:02d}",
            {
                "positions": [
                    {
                        "tenureInMonths": number,
                        "startedOn": dict.fromkeys(month, number),
                        "endedOn": dict.fromkeys(month, number),
                    }
                ],
                "tenureAtCompany": dict.fromkeys(tenure, number),
                "tenureAtPosition": dict.fromkeys(tenure, number),
            },
        )
        for n, (number, _) in enumerate(NUMBERS)
    ]
    land_search(warehouse.paths, "a", EARLIER, people)
    warehouse.load()
    rows = warehouse.rows(
        "SELECT positions[1].tenure_in_months, positions[1].started_on, positions[1].ended_on, tenure_at_company, "
        "tenure_at_position FROM found_contacts ORDER BY contact_id"
    )
    assert rows == [
        (number, *[dict.fromkeys(month, number)] * 2, *[dict.fromkeys(tenure, number)] * 2) for _, number in NUMBERS
    ]


@pytest.mark.parametrize(
    ("kind", "field", "about", "query", "missing"),
    [
        (RecordKind.SUMMARIES, "signalsCount", {"domain": "a.com"}, "SELECT signals_count FROM summaries", None),
        (RecordKind.TEMPLATES, "version", {}, "SELECT version FROM templates", 0),
        (RecordKind.COMPANIES, "employeeCount", {"domain": "a.com"}, "SELECT employee_count FROM companies", None),
    ],
)
@pytest.mark.parametrize(("number", "expected"), [(12.0, 12), (2.5, None), ("2.5", None), (True, None)])
def test_other_records(
    warehouse: OpenWarehouse,
    kind: RecordKind,
    field: str,
    about: Any,
    query: str,
    missing: Any,
    number: Any,
    expected: Any,
) -> None:
    """Counts of summaries and companies, and versions of templates."""
    with LandingWriter(warehouse.paths.landed_records(kind), "a") as writer:
        writer.add_record(about, json.dumps({"id": "1", field: number}).encode())
        writer.commit()
    warehouse.load()
    assert warehouse.rows(query) == [(missing if expected is None else expected,)]


def test_no_load_casts_json_to_a_whole_number() -> None:
    """Every load reads whole numbers through the macro whole_number: DuckDB's own casts round."""
    folder = Path(saber_pipeline.warehouse.__file__).parent
    texts = {str(path): path.read_text(encoding="utf-8") for path in folder.rglob("*load*.sql")}
    texts |= {kind.table: insert_answers(kind.family) for kind in TABLES}
    bent = re.compile(
        r"""CAST\([^()]*->>[^()]*AS (?:\w*INT\w*|INTEGER)\)|->>[^,()]*::\w*INT|"(?:\w*INT\w*|INTEGER)["']"""
    )
    assert {name: bent.findall(text) for name, text in texts.items() if bent.search(text)} == {}
    assert sum("whole_number(" in text for text in texts.values()) > len(RecordKind) // 2
