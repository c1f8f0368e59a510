"""Columns of object answers hold what the answer said, or nothing."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from saber_pipeline.warehouse.output_schema_columns import column_value

FITTING = [
    ("BIGINT", "2", 2),
    ("BIGINT", "2.0", 2),
    ("BIGINT", '"12"', 12),
    ("BIGINT", "9007199254740993", 9007199254740993),
    ("DOUBLE", "2", 2.0),
    ("DOUBLE", '"-2.5e1"', -25.0),
    ("BOOLEAN", "true", True),
    ("BOOLEAN", '"false"', False),
    (["BIGINT"], "[1, 2.5, true, 3]", [1, None, None, 3]),
    ({"n": "DOUBLE", "t": "VARCHAR"}, '{"n": "NaN", "t": "x"}', {"n": None, "t": "x"}),
    ([{"n": ["BOOLEAN"]}], '[{"n": [true, 2]}]', [{"n": [True, None]}]),
]
BENT = [
    ("BIGINT", "2.5"),
    ("BIGINT", '"2.5"'),
    ("BIGINT", "true"),
    ("BIGINT", "9300000000000000000"),
    ("BIGINT", "1e400"),
    ("BOOLEAN", "2"),
    ("BOOLEAN", "0"),
    ("BOOLEAN", '"1"'),
    ("DOUBLE", '"NaN"'),
    ("DOUBLE", '"Infinity"'),
    ("DOUBLE", "1e400"),
    ("DOUBLE", "-1e400"),
    ("DOUBLE", "true"),
    ("DOUBLE", "[1]"),
    ({"n": "BIGINT"}, "[1]"),
    (["BIGINT"], "5"),
]


def value_of(structure: Any, written: str) -> Any:
    sql = column_value("part", structure)
    return duckdb.execute(f"SELECT {sql} FROM (SELECT ?::JSON AS part)", [written]).fetchall()[0][0]  # noqa: S608 - ours


@pytest.mark.parametrize(("structure", "written", "value"), FITTING, ids=json.dumps)
def test_what_fits_is_kept(structure: Any, written: str, value: Any) -> None:
    """A value of the right kind, or a text that can only mean one, is the column's value."""
    assert value_of(structure, written) == value


@pytest.mark.parametrize(("structure", "written"), BENT, ids=json.dumps)
def test_nothing_is_bent(structure: Any, written: str) -> None:
    """A value of another kind is NULL, neither rounded, nor infinite, nor taken for true."""
    assert value_of(structure, written) is None
