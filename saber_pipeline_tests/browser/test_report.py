"""The report as a reader opens it: offline, on a phone or a wide screen, by day and by night, without a mouse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.report.writing import write_report

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
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
def test_it_reads_well(browser: Browser, report: Path, pictures: Path, name: str, size: Any, colours: str) -> None:
    """Nothing is loaded from elsewhere, nothing runs off the screen, and every text stands out from its ground."""
    page, noticed = opened(browser, report, size, color_scheme=colours)
    assert noticed == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    contrasts = page.evaluate(CONTRAST)
    assert len(contrasts) > 100
    assert min(contrasts) >= LOWEST_CONTRAST
    page.screenshot(path=pictures / f"report_{name}_{colours}.png")


def test_it_works_by_keyboard(browser: Browser, report: Path) -> None:
    """Tab reaches the skip link first, Enter follows it, and a query opens by keyboard."""
    page, _ = opened(browser, report, DESK)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.url.endswith("#coverage")
    summary = page.locator("#coverage summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#coverage pre").is_visible()


def test_it_can_be_read_aloud(browser: Browser, report: Path) -> None:
    """Headings go down step by step, each table has a caption and headed columns, each figure has words."""
    page, _ = opened(browser, report, DESK)
    assert page.get_by_role("heading", level=1).count() == 1
    sections = page.locator("main > section").count()
    assert page.get_by_role("heading", level=2).count() == sections >= 5
    tables = page.locator("table").count()
    assert tables == page.locator("table > caption").count() > 0
    assert page.locator("table").filter(has=page.locator("th[scope=col]")).count() == tables
    assert page.locator("figure").count() == page.locator("figure[aria-label] figcaption").count() > 0
    assert page.locator("svg").count() == page.locator("svg[aria-hidden=true]").count()


def test_each_number_leads_to_its_query(browser: Browser, report: Path) -> None:
    """Under each section's table, and under the numbers at the top, is the query that made it."""
    page, _ = opened(browser, report, DESK)
    sections = page.locator("main > section").count()
    assert page.locator("main > section details pre").count() == sections
    assert page.locator("header details pre").count() == 1
