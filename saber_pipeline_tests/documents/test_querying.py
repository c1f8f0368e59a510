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
    """A query that the page shows runs as it stands, and has rows."""
    monkeypatch.chdir(tmp_path)  # where a COPY writes
    with duckdb.connect(str(answers), read_only=True) as con:
        assert con.execute(block.code).fetchall(), f"{block}: no rows"


def test_the_python_of_the_page_runs(answers: Path, tmp_path: Path) -> None:
    """What the page shows in Python reads the file and writes the export it names."""
    (tmp_path / "data").symlink_to(answers.parent)
    for block in blocks(PAGE, "python"):
        subprocess.run([sys.executable, "-c", block.code], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "accounts.csv").read_text().startswith("domain,lists,")


def test_what_the_ways_out_make_of_columns(answers: Path) -> None:
    """As the page's table says: a frame has arrays, floats and gaps; Arrow keeps lists, decimals and booleans whole."""
    with duckdb.connect(str(answers), read_only=True) as con:
        query = "SELECT lists, annual_revenue, uses_salesforce FROM accounts ORDER BY domain"
        frame = con.execute(query).df()
        arrow = con.sql(query).to_arrow_table()
        many = con.execute("SELECT range(2000) AS values").df().to_csv()
    assert type(frame["lists"][0]).__name__ == "ndarray"
    assert str(frame["annual_revenue"].dtype) == "float64"
    assert str(frame["uses_salesforce"].dtype) in {"boolean", "object"}  # bool where there is no gap
    assert frame["uses_salesforce"].isna().any()
    assert "['sample_accounts']" in frame.to_csv()
    assert "..." in many
    assert [str(field.type) for field in arrow.schema] == ["list<l: string>", "decimal128(38, 4)", "bool"]
    whole = arrow.to_pandas(types_mapper=pd.ArrowDtype)
    assert str(whole["annual_revenue"].dtype) == "decimal128(38, 4)[pyarrow]"


def test_the_page_answers_a_dozen_questions() -> None:
    """The page keeps what it promises: at least twelve questions, each with its query."""
    assert len(blocks(PAGE, "sql")) > 12
