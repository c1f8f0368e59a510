"""The report: its numbers are those of the queries it shows, and nothing in an answer can break it."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import duckdb
import pytest

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.errors import StorageError
from saber_pipeline.report.completion import completion_picture
from saber_pipeline.report.figures import bars_figure, coverage_figure, credits_figure
from saber_pipeline.report.writing import write_report

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
HOSTILE = ("$5 to $10 {_^", "<script>alert(1)</script>", "a & b", "\\frac{", "日本語", "line\nbreak", "x" * 500)


@pytest.fixture(scope="module")
def page(answers: Path) -> str:
    """The report about the sample lists and questions."""
    return write_report(DataPaths(answers.parent), now=NOON).path.read_text(encoding="utf-8")


def test_each_query_gives_the_table_above_it(page: str, answers: Path) -> None:
    """Whoever copies a query from the report into DuckDB sees the rows of the report, as many and the same numbers."""
    sections = re.findall(r"<section id=\"(\w+)\".*?</section>", page, re.DOTALL)
    bodies = re.findall(r"<section id=\"\w+\"(.*?)</section>", page, re.DOTALL)
    assert {"coverage", "tiers", "fit", "changes", "quality", "values", "credits", "failed", "refused"} == set(sections)
    with duckdb.connect(str(answers.resolve()), read_only=True) as con:
        for body in bodies:
            (query,) = re.findall(r"<pre tabindex=\"0\"><code>(.*?)</code></pre>", body, re.DOTALL)
            rows = con.execute(html.unescape(query)).fetchall()
            shown = [re.findall(r"<td class=\"\w+\">(.*?)</td>", row, re.DOTALL) for row in body.split("<tr>")[2:]]
            assert len(shown) == min(len(rows), 200)
            for cells, row in zip(shown, rows, strict=False):
                numbers = {f"{value:,}" for value in row if type(value) is int}
                assert numbers <= set(cells)


def test_the_numbers_at_the_top_are_those_of_the_database(page: str, answers: Path) -> None:
    """Companies, people, lists, questions and answers are counted over both kinds of lists."""
    told = dict(re.findall(r"<dt>(.+?)</dt><dd>(.+?)</dd>", page))
    with duckdb.connect(str(answers.resolve()), read_only=True) as con:
        known = con.execute("SELECT count(*) FROM latest_answers WHERE answer_json IS NOT NULL").fetchall()[0][0]
    assert (told["companies"], told["people"], told["lists"], told["questions"]) == ("41", "13", "3", "17")
    assert told["answers"] == f"{known:,}"


def test_nothing_in_an_answer_breaks_a_figure() -> None:
    """Dollar signs, markup, line breaks and other scripts are drawn as they are, in well-formed SVG without markup."""
    drawings = [
        bars_figure([(value, number + 1) for number, value in enumerate(HOSTILE)], "answers"),
        coverage_figure([(value, "crm", 3, 1, 1, 1, 0) for value in HOSTILE[:3]]),
        credits_figure([(datetime(2026, 5, day), 100 - day) for day in (1, 2)], datetime(2026, 6, 1)),  # noqa: DTZ001 - naive UTC, as DuckDB gives it
        completion_picture([(datetime(2026, 5, 1), 3)]),  # noqa: DTZ001 - likewise
    ]
    for svg in drawings:
        tree = ET.fromstring(svg)  # noqa: S314 - our own drawing
        assert not [element for element in tree.iter() if element.tag.endswith("script")]
    assert "$5 to $10 {_^" in drawings[0]


def test_a_picture_of_a_long_run_stays_small_enough_to_be_shown_at_once() -> None:
    """Dagster shows markdown of less than 1,000 characters; two hours of answers fit with their encoding."""
    seconds = [(datetime.fromtimestamp(1_800_000_000 + second), 12_345) for second in range(7_200)]  # noqa: DTZ006 - any
    assert len(completion_picture(seconds)) * 4 / 3 + 60 < 1_000


def test_without_answers_the_older_report_stays(tmp_path: Path) -> None:
    """Where there is nothing to report on, the error says what to do, and no file is made or changed."""
    paths = DataPaths(tmp_path)
    paths.report_file.parent.mkdir()
    paths.report_file.write_text("older")
    with pytest.raises(StorageError, match="to report on yet"):
        write_report(paths)
    assert paths.report_file.read_text() == "older"
    paths.answers_file.write_bytes(b"no database")
    with pytest.raises(StorageError, match="cannot be opened"):
        write_report(paths)
    assert paths.report_file.read_text() == "older"
