"""The accounts that `make bench` writes its report about, fewer of them."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from benchmarks.parts.report import fill
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.report.report_file import write_report

COMPANIES = 400


@pytest.mark.slow
def test_the_report_of_the_benchmark_is_about_real_accounts(tmp_path: Path) -> None:
    """Ten questions are answered, not known and failed; accounts are ranked and disqualified, with their owners."""
    paths = DataPaths(tmp_path)
    fill(paths, COMPANIES)
    with duckdb.connect(str(paths.answers_file.resolve()), read_only=True) as con:
        outcomes = con.execute(
            "SELECT count(DISTINCT question_key), count(*), list(DISTINCT outcome ORDER BY outcome) "
            "FROM account_answers"
        ).fetchall()
        tiers = con.execute("SELECT list(DISTINCT tier ORDER BY tier) FROM account_fit").fetchall()
        untyped = con.execute(
            "SELECT count(*) FROM account_answers WHERE outcome = 'answered' AND value IS NULL"
        ).fetchall()
    assert outcomes == [(10, 10 * COMPANIES, ["answered", "failed", "not_known"])]
    assert tiers == [(["A", "B", "C", "D", "disqualified"],)]
    assert untyped == [(0,)]
    page = write_report(paths).path.read_text("utf-8")
    first = re.findall(r"<tr role=\"row\" data-lists.*?</tr>", page, re.DOTALL)[0]
    assert re.search(r"Company \d+ Holding", first)
    assert re.search(r"data-label=\"owner\">(dana|miro|lena|sam)<", first)
    assert "https://company" in first
