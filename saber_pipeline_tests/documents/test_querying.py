"""The queries of docs/querying.md, on answers to the sample questions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from saber_pipeline_tests.documents.blocks import Block, blocks

PAGE = "docs/querying.md"


@pytest.mark.parametrize("block", blocks(PAGE, "sql"), ids=str)
def test_each_query_finds_something(
    block: Block, answers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query that the page shows runs as it stands, and has rows with something in each column."""
    monkeypatch.chdir(tmp_path)  # where a COPY writes
    with duckdb.connect(str(answers), read_only=True) as con:
        found = con.execute(block.code)
        names = [name for name, *_ in found.description or ()]
        rows = found.fetchall()
    assert rows, f"{block}: no rows"
    assert [
        name
        for name, values in zip(names, zip(*rows, strict=True), strict=True)
        if all(value is None for value in values)
    ] == []


@pytest.mark.slow
def test_the_python_of_the_page_runs(answers: Path, tmp_path: Path) -> None:
    """What the page shows in Python reads the file and writes the export it names."""
    (tmp_path / "data").symlink_to(answers.parent)
    for block in blocks(PAGE, "python"):
        subprocess.run([sys.executable, "-c", block.code], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "accounts.csv").read_text().startswith("domain,lists,")


VALUES = """
    SELECT * FROM (VALUES
        (['a', 'b'], {'x': 1}, 12345678901234567.1234::DECIMAL(38, 4),
         true, 1::INTEGER, 1::BIGINT, 1.5::DOUBLE, '{"k": 1}'::JSON),
        (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
    ) AS v (list, struct, amount, flag, number, large, float, json)
"""


def test_what_a_frame_makes_of_columns(answers: Path) -> None:
    """As the page's table says: arrays, dicts and floats; gaps as such; and all of it as text in a CSV."""
    with duckdb.connect() as con:
        frame = con.execute(VALUES).df()
        whole = con.execute(f"{VALUES} WHERE flag").df()
        many = con.execute("SELECT range(2000) AS values").df().to_csv()
    types = {name: str(kind) for name, kind in frame.dtypes.items()}
    assert {name: types[name] for name in ("amount", "flag", "number", "large", "float")} == {
        "amount": "float64",
        "flag": "boolean",
        "number": "Int32",
        "large": "Int64",
        "float": "float64",
    }
    assert [str(whole.dtypes[name]) for name in ("flag", "number", "large")] == ["bool", "int32", "int64"]
    assert type(frame["list"][0]).__name__ == "ndarray"
    assert frame["struct"][0] == {"x": 1}
    assert frame["flag"][1] is pd.NA
    assert frame["json"][0] == '{"k": 1}'
    _, first, gaps, _ = frame.to_csv(index=False).split("\n")
    assert first.startswith("['a' 'b'],{'x': 1},1.23456789012345")  # the digits after these are not the amount's
    assert first.endswith("""e+16,True,1,1,1.5,"{""k"": 1}\"""")
    assert gaps == "," * 7
    assert "..." in many
    with duckdb.connect(str(answers), read_only=True) as con:
        assert "['sample_accounts']" in con.execute("SELECT lists FROM accounts").df().to_csv()


def test_what_arrow_and_polars_make_of_columns(answers: Path) -> None:
    """Arrow keeps lists, decimals, booleans and gaps; pandas does so with its types; polars writes no nested CSV."""
    with duckdb.connect() as con:
        arrow = con.sql(VALUES).to_arrow_table()
    kept = {field.name: str(field.type) for field in arrow.schema}
    assert kept == {
        "list": "list<l: string>",
        "struct": "struct<x: int32>",
        "amount": "decimal128(38, 4)",
        "flag": "bool",
        "number": "int32",
        "large": "int64",
        "float": "double",
        "json": kept["json"],
    }
    whole = arrow.to_pandas(types_mapper=pd.ArrowDtype)
    assert {name: str(whole.dtypes[name]).removesuffix("[pyarrow]") for name in ("amount", "flag", "number")} == {
        name: kept[name] for name in ("amount", "flag", "number")
    }
    assert whole.to_csv(index=False).splitlines()[1].startswith("['a' 'b'],")
    assert [str(arrow.to_pandas().dtypes[name]) for name in ("flag", "number")] == ["object", "float64"]
    with duckdb.connect(str(answers), read_only=True) as con:
        query = "SELECT lists, annual_revenue, uses_salesforce FROM accounts"
        types = [str(field.type) for field in con.sql(query).to_arrow_table().schema]
    assert types == ["list<l: string>", "decimal128(38, 4)", "bool"]
    polars = pytest.importorskip("polars", reason="polars is not installed: pip install -e '.[dev]'")
    frame = polars.from_arrow(arrow)
    assert [str(frame.schema[name]) for name in ("flag", "number", "large")] == ["Boolean", "Int32", "Int64"]
    assert frame.drop("list", "struct").write_csv().splitlines()[1].startswith("12345678901234567.1234,true,1,1,1.5,")
    for nested in ("list", "struct"):
        with pytest.raises(polars.exceptions.ComputeError, match="nested"):
            frame.select(nested).write_csv()


def test_the_page_answers_a_dozen_questions() -> None:
    """The page keeps what it promises: at least twelve questions, each with its query."""
    assert len(blocks(PAGE, "sql")) > 12
