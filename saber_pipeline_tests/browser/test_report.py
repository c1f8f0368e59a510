"""The report as a reader opens it: offline, on a phone or a wide screen, by day and by night, without a mouse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.report.report_file import write_report

PHONE, DESK, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}, {"width": 1440, "height": 900}
PAPER = {"width": 718, "height": 1047}  # A4 within margins of 1 cm, at 96 dots an inch
LOWEST_CONTRAST = 4.5  # WCAG 2.2, level AA, text of ordinary size

CONTRAST = """
() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[0-9.]+/g).slice(0, 3).map(Number).map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  return [...document.querySelectorAll('h1, h2, p, a, td, th, dt, dd, figcaption, summary, caption')].map((element) => {
    const [a, b] = [light(getComputedStyle(element).color), light(ground(element))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  });
}
"""


@pytest.fixture(scope="session")
def report(answers: Path) -> Path:
    """The report about the sample questions and lists."""
    return write_report(DataPaths(answers.parent)).path


def opened(browser: Browser, report: Path, size: dict[str, int], **context: Any) -> tuple[Page, list[str]]:
    """The report in a browser without network, and what the page asked for or complained about."""
    page = browser.new_context(viewport=size, offline=True, **context).new_page()  # type: ignore[arg-type]
    noticed: list[str] = []
    page.on("request", lambda request: noticed.append(request.url))
    page.on("console", lambda message: noticed.append(message.text))
    page.on("pageerror", lambda error: noticed.append(str(error)))
    page.goto(report.as_uri())
    return page, [thing for thing in noticed if thing != report.as_uri()]


@pytest.mark.sweep
@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize(("name", "size"), [("phone", PHONE), ("desk", DESK)])
@pytest.mark.slow
def test_it_reads_well(browser: Browser, report: Path, pictures: Path, name: str, size: Any, colours: str) -> None:
    """Nothing is loaded from elsewhere, nothing runs off the screen, and every text stands out from its ground."""
    page, noticed = opened(browser, report, size, color_scheme=colours)
    assert noticed == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    contrasts = page.evaluate(CONTRAST)
    assert len(contrasts) > 100
    assert min(contrasts) >= LOWEST_CONTRAST
    page.screenshot(path=pictures / f"report_{name}_{colours}.png")


@pytest.mark.slow
def test_it_works_by_keyboard(browser: Browser, report: Path) -> None:
    """Tab reaches the skip link first, Enter follows it, and a query opens by keyboard."""
    page, _ = opened(browser, report, DESK)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#accounts")
    summary = page.locator("#coverage summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#coverage pre").is_visible()


@pytest.mark.slow
def test_it_can_be_read_aloud(browser: Browser, report: Path) -> None:
    """Headings go down step by step, each table has a caption and headed columns, each figure has words."""
    page, _ = opened(browser, report, DESK)
    assert page.get_by_role("heading", level=1).count() == 1
    sections = page.locator("main > section").count()
    assert page.get_by_role("heading", level=2).count() == sections + 1 >= 5
    tables = page.locator("main > section table").count()
    assert tables == page.locator("main > section table > caption").count() > 0
    assert page.locator("main > section table").filter(has=page.locator("th[scope=col]")).count() == tables
    assert page.locator("figure").count() == page.locator("figure[aria-label] figcaption").count() > 0
    assert page.locator("svg").count() == page.locator("svg[aria-hidden=true]").count()


@pytest.mark.slow
def test_each_number_leads_to_its_query(browser: Browser, report: Path) -> None:
    """Under each section's table, and under the numbers at the top, is the query that made it."""
    page, _ = opened(browser, report, DESK)
    sections = page.locator("main > section").count()
    assert page.locator("main > section details pre").count() == sections
    assert page.locator("footer details pre").count() == 1


@pytest.mark.slow
def test_an_account_has_a_page_of_its_own_also_without_scripts(browser: Browser, report: Path) -> None:
    """A name leads to the account's page, which alone is shown then, and back; no script is needed for it."""
    page = browser.new_context(viewport=DESK, offline=True, java_script_enabled=False).new_page()  # type: ignore[arg-type]
    page.goto(report.as_uri())
    first = page.locator("#accounts tbody tr").first.locator("a").first
    name = first.inner_text()
    first.click()
    assert page.get_by_role("heading", level=2, name=name).is_visible()
    assert not page.locator("#accounts").is_visible()
    page.get_by_role("link", name="All accounts").click()
    assert page.locator("#accounts").is_visible()
    assert page.locator("article.account").filter(visible=True).count() == 0
    assert page.locator(".controls").filter(visible=True).count() == 0


@pytest.mark.slow
def test_an_accounts_page_is_read_downwards_on_a_phone(browser: Browser, report: Path) -> None:
    """On a phone each answer of an account stands under its question, within the screen, and none is mostly empty."""
    page, _ = opened(browser, report, PHONE)
    page.locator("#accounts tbody a").first.click()
    shown = page.locator("article.account").filter(visible=True)
    table = shown.locator(".wide")
    assert table.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert shown.locator("tbody tr").count() == 14
    filled = """row => [...row.cells].reduce((sum, cell) => sum + cell.getBoundingClientRect().height, 0)
      >= 0.9 * row.getBoundingClientRect().height - 16"""
    for row in shown.locator("tbody tr").all():
        question, answer = row.locator("td").nth(0).bounding_box(), row.locator("td").nth(1).bounding_box()
        assert question is not None
        assert answer is not None
        assert answer["y"] >= question["y"] + question["height"] - 1
        assert row.evaluate(filled)


@pytest.mark.slow
def test_no_table_is_cut_on_paper_or_a_desk(browser: Browser, report: Path) -> None:
    """On a printed A4 page and on a desktop each table shows all of its columns without being scrolled."""
    page, _ = opened(browser, report, DESKTOP)
    cut = """() => [...document.querySelectorAll('main > section .wide')]
      .filter((wide) => wide.scrollWidth > wide.clientWidth).map((wide) => wide.getAttribute('aria-label'))"""
    assert page.locator("main > section .wide").count() >= 8
    assert page.evaluate(cut) == []
    page.emulate_media(media="print")
    page.set_viewport_size(PAPER)  # type: ignore[arg-type]  # playwright's own name for a dict of these
    assert page.evaluate(cut) == []


@pytest.mark.slow
def test_tables_are_sorted_filtered_and_of_one_list(browser: Browser, report: Path) -> None:
    """A heading sorts by what the column holds and turns round, a word keeps its rows, a list keeps its members."""
    page, _ = opened(browser, report, DESK)
    rows = page.locator("#accounts tbody tr")
    everything = rows.count()
    scores = "els => els.filter(e => !e.hidden).map(e => Number(e.cells[1].dataset.sort))"
    page.locator("#accounts thead button", has_text="Score").click()
    rising = rows.evaluate_all(scores)
    assert rising == sorted(rising)
    page.locator("#accounts thead button", has_text="Score").click()
    assert rows.evaluate_all(scores) == sorted(rising, reverse=True)
    assert page.locator("#accounts th[aria-sort=descending]").count() == 1
    page.locator("#accounts input[type=search]").fill("dana")
    kept = rows.filter(visible=True)
    assert 0 < kept.count() < everything
    assert all("dana" in text for text in kept.all_inner_texts())
    page.locator("#accounts input[type=search]").fill("")
    page.select_option("#list", "sample_prospects")
    lists = page.locator("#accounts tbody tr").filter(visible=True).evaluate_all("els => els.map(e => e.dataset.lists)")
    assert 0 < len(lists) < everything
    assert all("sample_prospects" in names.split() for names in lists)
    assert page.locator("#coverage tbody tr").filter(visible=True).evaluate_all(
        "els => [...new Set(els.map(e => e.cells[0].textContent))]"
    ) == ["sample_prospects"]


def test_nothing_foreign_would_run(browser: Browser, report: Path) -> None:
    """The page's policy lets its own script run and no other: none in an attribute, none that is added."""
    page, _ = opened(browser, report, DESK)
    page.evaluate("""() => {
      document.body.insertAdjacentHTML('beforeend', '<b id=late onclick="document.title = 1">x</b>');
      document.body.append(Object.assign(document.createElement('script'), {textContent: 'document.title = 2'}));
      document.getElementById('late').click();
    }""")
    assert page.title() == "Account research report"
