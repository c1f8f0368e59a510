"""Numbers of any size stand in every view: one that is too large for a whole number breaks off no run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.warehouse.list_rows import load_lists
from saber_pipeline_tests.warehouse.signals import land, raw_signal
from saber_pipeline_tests.warehouse.test_views import snapshot

if TYPE_CHECKING:
    from saber_pipeline_tests.warehouse.conftest import OpenWarehouse

QUADRILLION, QUINTILLION = "1,000,000,000,000,000", "1,000,000,000,000,000,000"
NUMBERS: list[tuple[float, str, str]] = [
    (1e308, f"{QUINTILLION} or more", f"{QUADRILLION} or more"),
    (-1e308, "0 or less", f"-{QUADRILLION} or less"),
    (1e20, f"{QUINTILLION} or more", f"{QUADRILLION} or more"),
    (9300000000000000000, f"{QUINTILLION} or more", f"{QUADRILLION} or more"),
    (-9300000000000000000, "0 or less", f"-{QUADRILLION} or less"),
    (1e18, f"{QUINTILLION} or more", f"{QUADRILLION} or more"),
    (2e17, f"100,000,000,000,000,000 to under {QUINTILLION}", f"{QUADRILLION} or more"),
    (999, "100 to under 1,000", "990 to 1000"),
    (1, "1 to under 10", "0 to 10"),
    (0.5, "0 to under 1", "0 to 10"),
    (5e-324, "0 to under 1", "0 to 10"),
    (-0.0, "0 or less", "0 to 10"),
    (-5, "0 or less", "-10 to 0"),
]
CRITERIA = {"ranges": [{"rangeStart": 0, "rangeEnd": 100, "answerValue": "good"}]}


@pytest.mark.parametrize("answer_type", [AnswerType.NUMBER, AnswerType.PERCENTAGE, AnswerType.CURRENCY])
def test_every_view_has_every_number(warehouse: OpenWarehouse, answer_type: AnswerType) -> None:
    """Each number has its band, and every view that there is can be read whole."""
    question = Question("q", "?", answer_type, qualification_criteria=CRITERIA)
    subjects = [f"company{n:02d}.com" for n in range(len(NUMBERS))]
    snapshot(warehouse.paths.landed_lists(COMPANIES), "accounts", *subjects)
    load_lists(warehouse.con, warehouse.paths)
    signals = [
        raw_signal(
            f"{subject} {day}",
            {"type": answer_type.value, answer_type.value: {"value": -number if day == 1 else number}},
            answer_type.value,
            domain=subject,
            completedAt=f"2026-01-0{day}T00:00:00Z",
        )
        for subject, (number, *_) in zip(subjects, NUMBERS, strict=True)
        for day in (1, 2)
    ]
    land(warehouse.paths, "a", signals, question)
    warehouse.load(question)
    views = warehouse.rows("SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal AND NOT temporary")
    for schema, view in views:
        warehouse.rows(f'FROM "{schema}"."{view}"')
    said = dict(warehouse.rows("SELECT subject, value FROM answer_values WHERE signal_id LIKE '% 2'"))
    place = 2 if answer_type is AnswerType.PERCENTAGE else 1
    expected = {subject: number[place] for subject, number in zip(subjects, NUMBERS, strict=True)}
    # An amount has 38 digits, four of them behind the point: what has more is untyped, and what has smaller ones is 0.
    if answer_type is AnswerType.CURRENCY:
        assert said == {
            subject: "0 or less" if number == 5e-324 else expected[subject]
            for subject, (number, *_) in zip(subjects, NUMBERS, strict=True)
            if abs(number) < 1e34
        }
    else:
        assert said == expected
