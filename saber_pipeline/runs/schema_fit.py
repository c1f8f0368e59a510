"""Object answers that do not fit their question's output schema: kept as JSON, and counted.

A property that does not fit its type is NULL in its column, which looks like one that is not there.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import duckdb

from saber_pipeline.collection.schema_checks import schema_check
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.ledger.slices import SLICE_ROWS
from saber_pipeline.runs.sql import RUNS_SQL
from saber_pipeline.warehouse.sql import read_sql


def count_misfits(con: duckdb.DuckDBPyConnection, questions: Iterable[Question]) -> Counter[str]:
    """By question key: answers of this run that break the schema. Needs ``outcomes_of_run`` on ``con``."""
    misfits: Counter[str] = Counter()
    for question in questions:
        if question.output_schema is None or question.answer_type is not AnswerType.JSON_SCHEMA:
            continue
        fits = schema_check(question.output_schema)
        con.execute(read_sql("object_answers", RUNS_SQL), [question.question_id])
        while some := con.fetchmany(SLICE_ROWS):
            misfits[question.key] += sum(not _fits(value, fits) for (value,) in some)
    return misfits


def _fits(written: str, fits: Callable[[Any], bool]) -> bool:
    """Whether an answer can be read and holds to the schema: no column takes a number beyond a double."""
    try:
        return fits(_without_nulls(json.loads(written, parse_float=_finite)))
    except (ValueError, RecursionError):
        return False


def _finite(written: str) -> float:
    number = float(written)
    if math.isinf(number):
        raise ValueError(written)
    return number


def _without_nulls(value: Any) -> Any:
    """A property that is null is as good as one that is left out: both are NULL in the column."""
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
