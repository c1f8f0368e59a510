"""Parquet files are the same to every reader: JSON is a text in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from saber_pipeline.warehouse.parquet_types import parquet_column

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

TEXT = '{"a": 1}'
OBJECT = f"""{{'JSON': 1, 'a "b"': '{TEXT}'::JSON, 'deep': [{{'x': '{TEXT}'::JSON, 'y': 2.5}}]}}"""


@pytest.mark.parametrize(
    ("value", "kind", "read"),
    [
        (f"'{TEXT}'::JSON", "VARCHAR", TEXT),
        (f"['{TEXT}'::JSON]", "VARCHAR[]", [TEXT]),
        (f"MAP {{'k': '{TEXT}'::JSON}}", "MAP(VARCHAR, VARCHAR)", {"k": TEXT}),
        (
            OBJECT,
            'STRUCT("JSON" INTEGER, "a ""b""" VARCHAR, deep STRUCT(x VARCHAR, y DECIMAL(2,1))[])',
            {"JSON": 1, 'a "b"': TEXT, "deep": [{"x": TEXT, "y": 2.5}]},
        ),
    ],
    ids=["json", "list", "map", "struct"],
)
def test_json_is_a_text_at_any_depth(tmp_path: Path, value: str, kind: str, read: Any) -> None:
    """polars reads the text that DuckDB has, no column has the mark of JSON, and other types and names are kept."""
    file = str(tmp_path / "out.parquet")
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE told AS SELECT {value} AS told")
        ((told,),) = con.execute("SELECT data_type FROM duckdb_columns() WHERE table_name = 'told'").fetchall()
        column = parquet_column(con, "told", told)
        con.execute(f"COPY (SELECT {column} FROM told) TO '{file}' (FORMAT parquet)")  # noqa: S608 - ours
        assert con.execute("SELECT typeof(told) FROM read_parquet(?)", [file]).fetchall() == [(kind,)]
    assert pl.read_parquet(file)["told"].to_list() == [read]
    assert "arrow.json" not in str(pq.read_schema(file))
