"""docs/decisions.md: its queries find something, and its example is what the views say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from saber_pipeline_tests.documents.blocks import ROOT, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
QUERIES = [block.code for block in blocks("docs/decisions.md", "sql")]
EXAMPLE = "airbus.com"


@pytest.fixture
def con(answers: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The answers, open."""
    with duckdb.connect(str(answers.resolve()), read_only=True) as opened:
        yield opened


@pytest.mark.parametrize("query", QUERIES)
def test_each_query_finds_something(query: str, con: duckdb.DuckDBPyConnection) -> None:
    """A query that the page shows runs as it stands, and has rows."""
    assert con.execute(query).fetchall()


def test_the_example_is_what_the_views_say(con: duckdb.DuckDBPyConnection) -> None:
    """Each answer, verdict and number of the worked example is that of the sample data, and so is its result."""
    judged = con.execute(
        "SELECT judged.question_key, coalesce(judged.value, judged.reason), coalesce(judged.verdict, 'none'), "
        "made.points, made.weight, made.points * made.weight FROM qualifications AS judged LEFT JOIN ("
        "SELECT unnest(verdicts, recursive := true) FROM account_fit WHERE domain = $domain"
        ") AS made USING (signal_id) WHERE subject = $domain",
        {"domain": EXAMPLE},
    ).fetchall()
    for key, value, verdict, points, weight, earned in judged:
        made = f"{points} . {weight} = {earned} " if points is not None else ""
        row = rf"^\| `{key}` \| .+ \| {re.escape(value)} \| {verdict} \| {made}\|$"
        assert re.search(row, PAGE, re.MULTILINE), row
    assert len(judged) == len(re.findall(r"^\| `\w+` \| .+: \d \|", PAGE, re.MULTILINE))

    fit = "SELECT score, tier, coverage, missing FROM account_fit WHERE domain = ?"
    ((score, tier, coverage, missing),) = con.execute(fit, [EXAMPLE]).fetchall()
    said = " ".join(PAGE.split())
    assert f"rounded {score}: tier {tier}." in said
    assert f"= {coverage}, and `missing` is `[{', '.join(missing)}]`." in said
