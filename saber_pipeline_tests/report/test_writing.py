"""The report: its numbers are those of the queries it shows, and nothing in an answer can break it."""

from __future__ import annotations

import html
import json
import re
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree as ET

import duckdb
import pytest

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.definitions.metadata import completion_picture
from saber_pipeline.errors import StorageError
from saber_pipeline.report import report_file
from saber_pipeline.report.accounts import ANSWER_CHARACTERS
from saber_pipeline.report.figures import ANSWERED, bars_figure, coverage_figure, credits_figure
from saber_pipeline.report.report_file import write_report
from saber_pipeline.report.report_queries import QUERIES, query_text
from saber_pipeline.report.wording import (
    CELL_CHARACTERS,
    format_value,
)

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ORDER = [
    *("accounts", "tiers", "disqualified", "changes", "values", "quality", "review", "spending", "credits"),
    *("coverage", "failed", "refused"),
]
HOSTILE = ("$5 to $10 {_^", "<script>alert(1)</script>", "a & b", "\\frac{", "日本語", "line\nbreak", "x" * 500)


@pytest.fixture(scope="module")
def page(answers: Path) -> str:
    """The report about the sample lists and questions."""
    return write_report(DataPaths(answers.parent), now=NOON).path.read_text(encoding="utf-8")


@pytest.mark.slow
def test_each_query_gives_the_table_above_it(page: str, answers: Path) -> None:
    """Whoever copies a query from the report into DuckDB sees the rows of the report, as many and the same numbers."""
    sections = re.findall(r"<section id=\"(\w+)\".*?</section>", page, re.DOTALL)
    bodies = re.findall(r"<section id=\"\w+\"(.*?)</section>", page, re.DOTALL)
    assert sections == ORDER
    with duckdb.connect(str(answers.resolve()), read_only=True) as con:
        for body in bodies:
            (query,) = re.findall(r"<pre tabindex=\"0\"><code>(.*?)</code></pre>", body, re.DOTALL)
            rows = con.execute(html.unescape(query)).fetchall()
            table = body.partition("<tbody")[2].partition("</tbody>")[0]
            shown = re.findall(r"<tr.*?</tr>", table, re.DOTALL)
            assert len(shown) == min(len(rows), 200)
            if "of_accounts" in query:
                continue  # the best accounts have a test of their own
            for text, row in zip(shown, rows, strict=False):
                cells = set(re.findall(r"<td class=\"\w+\"[^>]*>(.*?)</td>", text, re.DOTALL))
                assert {f"{value:,}" for value in row if type(value) is int} <= cells


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
        coverage_figure([(value, 3, 1, 1, 1, 0) for value in HOSTILE]),
        credits_figure([(datetime(2026, 5, day), 100 - day) for day in (1, 2)], datetime(2026, 6, 1)),  # noqa: DTZ001 - naive UTC, as DuckDB gives it
        completion_picture([(datetime(2026, 5, 1), 3)]),  # noqa: DTZ001 - likewise
    ]
    for svg in drawings:
        tree = ET.fromstring(svg)  # noqa: S314 - our own drawing
        assert not [element for element in tree.iter() if element.tag.endswith("script")]
    assert "$5 to $10 {_^" in drawings[0]


def test_names_that_read_alike_are_bars_of_their_own() -> None:
    """Three values that are equal up to where they are cut, and two that are equal wholly, are five bars."""
    alike = [
        "The company sells to large and very large enterprises in " + place
        for place in ("Germany", "Denmark", "Greece")
    ]
    bars = ET.fromstring(bars_figure([(name, 100 + n) for n, name in enumerate([*alike, "x", "x"])], "answers"))  # noqa: S314 - our own drawing
    texts = ["".join(element.itertext()) for element in bars.iter() if element.tag.endswith("}text")]
    assert [text for text in texts if text in {"100", "101", "102", "103", "104"}] == [
        "100",
        "101",
        "102",
        "103",
        "104",
    ]
    assert {place for place in ("Germany", "Denmark", "Greece") if any(text.endswith(place) for text in texts)} == {
        "Germany",
        "Denmark",
        "Greece",
    }
    assert len(_places(bars)) == 5
    rows = [(name, 10, 10, 0, 0, 0) for name in [*alike, "x", "x"]]
    assert len(_places(ET.fromstring(coverage_figure(rows)))) == 5  # noqa: S314 - likewise


def _places(drawing: ET.Element) -> set[str]:
    """How high the bars begin; what is no wider than a legend's mark is none."""
    bars = [element.get("d", "") for element in drawing.iter() if element.get("fill") == ANSWERED]
    corners = [re.findall(r"[ML] (\S+) (\S+)", bar) for bar in bars]
    return {min(y for _, y in bar) for bar in corners if bar and float(bar[1][0]) - float(bar[0][0]) > 40}


def test_figures_need_no_style_of_their_own() -> None:
    """A page whose policy allows no inline style draws the figures as they are meant."""
    for svg in (bars_figure([("a", 1)], "answers"), credits_figure([(datetime(2026, 5, 1), 1)], None)):  # noqa: DTZ001 - naive UTC
        assert "style" not in svg
        assert "currentColor" in svg


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


def test_the_best_accounts_come_first_with_why(page: str, answers: Path) -> None:
    """The first rows are the accounts of the highest scores, named as in the list, with owner, answers and sources."""
    with duckdb.connect(str(answers.resolve()), read_only=True) as con:
        best = con.execute(
            "SELECT domain, score, tier FROM account_fit "
            "LEFT JOIN (SELECT subject AS domain, count(answer_json) AS answers FROM latest_answers GROUP BY 1) "
            "USING (domain) WHERE tier <> 'disqualified' "
            "ORDER BY score DESC NULLS LAST, coverage DESC, answers DESC, domain"
        ).fetchall()
        (own,) = con.execute(
            "SELECT attributes FROM domains WHERE domain = $1 ORDER BY list LIMIT 1", [best[0][0]]
        ).fetchall()[0]
        sources = {url for (url,) in con.execute("SELECT url FROM sources").fetchall()}
    rows = re.findall(r"<tr role=\"row\" data-lists.*?</tr>", page, re.DOTALL)
    assert [re.findall(r"#account-([^\"]+)\"", row)[0] for row in rows] == [domain for domain, *_ in best]
    first = rows[0]
    assert f">{json.loads(own)['company']}</a>" in first
    assert f'data-label="owner">{json.loads(own)["owner"]}</td>' in first
    assert f'<span class="tier">{best[0][2]}</span> {best[0][1]:g}' in first
    assert "Does this company use Salesforce?" in first
    assert 'class="evidence">' in first
    links = [html.unescape(url) for url in re.findall(r"<a href=\"(http[^\"]+)\"", first)]
    assert links
    assert set(links) <= sources


def test_each_account_has_a_page_with_every_answer(page: str, answers: Path) -> None:
    """An account's page tells each question's answer, and of one that was asked again also the one before it."""
    pages = dict(re.findall(r"<article class=\"account\" id=\"account-(.+?)\">(.*?)</article>", page, re.DOTALL))
    with duckdb.connect(str(answers.resolve()), read_only=True) as con:
        domains = [domain for (domain,) in con.execute("SELECT DISTINCT domain FROM domains").fetchall()]
        changed = con.execute(
            "SELECT subject, old_value, new_value FROM answer_changes WHERE answer_type = 'url' LIMIT 1"
        ).fetchall()[0]
        known = con.execute(
            "SELECT value, outcome FROM account_answers WHERE domain = $1 AND question_key = 'uses_salesforce'",
            [changed[0]],
        ).fetchall()[0]
    assert set(pages) == set(domains)
    told = html.unescape(pages[changed[0]])
    told = told.replace(' role="row"', "").replace(' role="cell"', "")
    assert len(re.findall("<tr><td>", told)) == 14
    assert f'<strong><a href="{changed[2]}"' in told
    assert f": {changed[1]}</span>" in told
    assert f'<td>Does this company use Salesforce?</td><td class="long"><strong>{known[0]}</strong>' in told


def test_bands_stand_in_their_order_with_one_currency_to_a_figure(page: str) -> None:
    """Bands of one question and unit rise from row to row; each figure of amounts names the one currency it is in."""
    values = page.partition('<section id="values"')[2].partition("</section>")[0]
    rows = [
        re.findall(r"<td class=\"\w+\"[^>]*>(.*?)</td>", row)
        for row in re.findall(r"<tr.*?</tr>", values, re.DOTALL)[1:]
    ]
    bands: dict[tuple[str, str], list[float]] = {}
    for question, unit, _, _, at_least in rows:
        if at_least != "-":
            bands.setdefault((question, unit), []).append(float(at_least.replace(",", "")))
    assert any(len(found) > 2 for found in bands.values())
    assert all(found == sorted(found) for found in bands.values())
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", values)
    revenue = [caption for caption in captions if "annual revenue" in caption]
    assert revenue
    assert all(re.search(r" In [A-Z]{3}$", caption) for caption in revenue)
    assert len(set(captions)) == len(captions)


@pytest.mark.slow
def test_the_file_stays_as_small_as_it_must(answers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where not all accounts' pages fit, the best ones have theirs, names lead nowhere else, and the page says so."""
    (tmp_path / "answers.duckdb").symlink_to(answers.resolve())
    whole = write_report(DataPaths(tmp_path), now=NOON).bytes
    monkeypatch.setattr(report_file, "LARGEST_BYTES", whole - 100_000)
    report = write_report(DataPaths(tmp_path), now=NOON)
    page = report.path.read_text(encoding="utf-8")
    pages = re.findall(r"<article class=\"account\" id=\"account-(.+?)\"", page)
    best = re.findall(r"<tr role=\"row\" data-lists.*?#account-([^\"]+)\"", page, re.DOTALL)
    assert whole - 150_000 < report.bytes <= whole - 100_000
    assert 0 < len(pages) < 41
    assert set(re.findall(r"href=\"#account-([^\"]+)\"", page)) <= set(pages)
    assert best[0] in pages
    assert f"{len(pages)} of 41 accounts have a page here" in page


@pytest.mark.slow
def test_an_account_page_tells_long_answers_whole(page: str, answers: Path) -> None:
    """Answers of many posts are told to their end on the account's page, judged answers before all others."""
    pages = dict(re.findall(r"<article class=\"account\" id=\"account-(.+?)\">(.*?)</article>", page, re.DOTALL))
    with duckdb.connect(str(answers.resolve()), read_only=True) as con:
        (longest,) = con.execute(
            "SELECT domain, said FROM (SELECT domain, value, value::JSON AS said FROM account_answers "
            "WHERE question_key = 'recent_posts' AND outcome = 'answered') ORDER BY length(value) DESC, domain LIMIT 1"
        ).fetchall()
    whole = format_value(json.loads(longest[1]), 10_000)
    assert CELL_CHARACTERS < len(whole) < ANSWER_CHARACTERS
    assert whole in html.unescape(pages[longest[0]])
    judged = [' <span class="' in row for row in re.findall(r"<strong>.*?</td>", pages[longest[0]], re.DOTALL)]
    assert judged == sorted(judged, reverse=True)
    assert any(judged)


def test_the_balance_that_a_first_run_found_counts(tmp_path: Path) -> None:
    """Balances of one hour tell what was spent in it: the report's rate is that of the sensor, not nothing."""
    seen = [(f"2026-05-04 11:{minute:02}:00", 100_000 - 100 * minute) for minute in (3, 7, 15, 58)]
    with duckdb.connect() as con:
        con.execute("CREATE TABLE credit_balances (observed_at TIMESTAMP, remaining_credits BIGINT)")
        con.executemany("INSERT INTO credit_balances VALUES (?, ?)", seen)
        rows = con.execute(query_text("credits")).fetchall()
    assert [amount for _, amount in rows] == [seen[0][1], seen[-1][1]]


def test_the_text_of_a_query_is_complete() -> None:
    """The notebook runs it as it is."""
    names = [file.name.removesuffix(".sql") for file in files(QUERIES).iterdir() if file.name.endswith(".sql")]
    assert names
    assert not [name for name in names if "${" in query_text(name)]


def test_the_first_line_says_of_what_and_when(page: str, answers: Path) -> None:
    """Under the title stands how many companies the report is about, and how new its newest answer is."""
    with duckdb.connect(str(answers.resolve()), read_only=True) as con:
        ((newest,),) = con.execute("SELECT strftime(max(completed_at), '%Y-%m-%d %H:%M') FROM signals").fetchall()
    header = page.partition("<header>")[2].partition("</header>")[0]
    assert f'<p class="about">41 companies. Newest answer: {newest} UTC</p>' in header


def test_what_disqualified_is_counted_by_condition(page: str, answers: Path) -> None:
    """Accounts of 31 and of 17 employees met the same condition: they are one row, with as many accounts as met it."""
    body = page.partition('<section id="disqualified"')[2].partition("</section>")[0]
    rows = [
        re.findall(r"<td class=\"\w+\"[^>]*>(.*?)</td>", row)
        for row in re.findall(r"<tr>.*?</tr>", body, re.DOTALL)[1:]
    ]
    told = {(re.sub("<.*?>", "", title), condition): int(count) for title, condition, count, _ in rows}
    with duckdb.connect(str(answers.resolve()), read_only=True) as con:
        met = con.execute(
            "SELECT question_key, count(*) FROM qualifications "
            "WHERE verdict = 'disqualified' AND subject_type = 'company' GROUP BY 1"
        ).fetchall()
    assert dict(met) == {
        "uses_salesforce": told["Does this company use Salesforce?", "no"],
        "headcount": told["How many employees does this company have?", "0 to 49"],
    }
    assert len(rows) == len(met)
