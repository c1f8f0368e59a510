"""The report by the rules of axe-core, on which most checks of accessibility rest, and what its first screen tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.report.report_file import write_report

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
RULES_THAT_APPLY = 30  # fewer passed ones mean that axe saw no page
OPEN_ALL = "document.querySelectorAll('details').forEach((details) => { details.open = true; })"


@pytest.fixture(scope="session")
def report(answers: Path) -> Path:
    """The report about the sample questions and lists."""
    return write_report(DataPaths(answers.parent)).path


def findings(page: Page) -> list[str]:
    """What axe finds on the page, rule and place."""
    told = Axe().run(page).response
    assert len(told["passes"]) >= RULES_THAT_APPLY
    return [f"{rule['id']}: {node['html']}" for rule in told["violations"] for node in rule["nodes"]]


@pytest.mark.sweep
@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.slow
def test_axe_finds_nothing(browser: Browser, report: Path, size: Any, colours: Any) -> None:
    """All accounts with every query open, and one account's page: axe has no finding on either."""
    page = browser.new_context(viewport=size, offline=True, color_scheme=colours).new_page()
    page.goto(report.as_uri())
    page.evaluate(OPEN_ALL)
    assert findings(page) == []
    page.locator("#accounts tbody a[href^='#account-']").first.click()
    assert page.locator("article.account:target").is_visible()
    assert findings(page) == []


@pytest.mark.slow
def test_axe_would_find_something(browser: Browser, report: Path) -> None:
    """A report whose headings were too pale and whose field had no name would be told by axe."""
    page = browser.new_context(viewport=DESKTOP, offline=True).new_page()  # type: ignore[arg-type] # playwright's own name
    page.goto(report.as_uri())
    page.evaluate("""() => {
      document.querySelector('h1').style.color = '#ddd';
      document.querySelector('#accounts input').closest('label').replaceWith(document.createElement('input'));
    }""")
    assert {finding.partition(":")[0] for finding in findings(page)} == {"color-contrast", "label"}


@pytest.mark.slow
def test_the_first_screen_tells_whom_to_call_and_why(browser: Browser, report: Path) -> None:
    """Without scrolling a desktop shows five accounts whole, each with tier, score, reasons and a source of each."""
    page = browser.new_context(viewport=DESKTOP, offline=True).new_page()  # type: ignore[arg-type] # likewise
    page.goto(report.as_uri())
    rows = page.locator("#accounts tbody tr")
    for number in range(5):
        row = rows.nth(number)
        box = row.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= DESKTOP["height"], f"account {number + 1} is cut"
        assert row.locator("th a").is_visible()
        assert row.locator(".tier").inner_text() == "A"
        reasons = row.locator("ul.why li")
        assert reasons.count() == 3
        for reason in reasons.all():
            assert reason.locator("a[href^=http]").first.is_visible()
