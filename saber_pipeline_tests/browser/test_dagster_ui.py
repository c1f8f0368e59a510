"""The operator's way through Dagster's pages: look at a question, ask it for a list, watch, read what came."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from saber_pipeline.sandbox.running import RunningSandbox
from saber_pipeline.sandbox.settings import SandboxSettings
from saber_pipeline_tests.browser.dagster_ui import serving
from saber_pipeline_tests.command_line.project import Project, new_project
from saber_pipeline_tests.documents.blocks import ROOT

LIST, QUESTION = "sample_accounts", "uses_salesforce"
PATIENCE_MS = 60_000


@pytest.fixture
def project(tmp_path: Path, browser: Browser) -> Project:
    """A project with the sample lists, read, and the sample questions. No project where there is no browser."""
    made = new_project(tmp_path / "a project", "http://127.0.0.1:9")
    shutil.copytree(ROOT / "data" / "domain_lists", made.data / "domain_lists", dirs_exist_ok=True)
    made.write_questions((ROOT / "data" / "questions.yaml").read_text())
    assert made.materialize("domain_lists").exit_code == 0
    return made


def test_a_question_is_asked_by_clicking(project: Project, browser: Browser, pictures: Path) -> None:
    """From a question's page, a list is picked and asked; the run tells its progress, and the page what came."""
    slow_enough_to_watch = SandboxSettings(processing_seconds=(2.0, 6.0), creation_spread_seconds=1.0)
    with RunningSandbox(slow_enough_to_watch) as sandbox:
        project.environment["SABER_BASE_URL"] = sandbox.base_url
        with serving(project) as address:
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.set_default_timeout(PATIENCE_MS)
            expect.set_options(timeout=PATIENCE_MS)
            page.goto(f"{address}/assets/answers/{QUESTION}")
            expect(page.get_by_text("Does this company use Salesforce?").first).to_be_visible()

            _ask(page)
            _watch(page, address, pictures)
            _read(page, address, pictures)
        assert sandbox.books()["unforced_repeats"] == 0
    assert project.query(f"SELECT count(*) FROM questions.{QUESTION}")[0][0] > 0  # noqa: S608 - a constant


def _ask(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Materialize")).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Select a partition or create one").click()
    page.locator("span", has_text=LIST).first.click()
    dialog.get_by_text("Launch runs to materialize").click()  # closes the menu
    dialog.get_by_role("button", name="Launch 1 run").click()
    expect(dialog).to_be_hidden()


def _watch(page: Page, address: str, pictures: Path) -> None:
    page.goto(f"{address}/runs")
    page.get_by_role("link").filter(has_text=re.compile(r"^[0-9a-f]{8}$")).first.click()
    expect(page.get_by_text(re.compile(r"\d+ of \d+")).first).to_be_visible()
    page.screenshot(path=pictures / "run.png")
    expect(page.get_by_text("Success", exact=True).first).to_be_visible()


def _read(page: Page, address: str, pictures: Path) -> None:
    page.goto(f"{address}/assets/answers/{QUESTION}?view=partitions&partition={LIST}")
    expect(page.get_by_text("Materialized", exact=True).first).to_be_visible()
    expect(page.get_by_role("row").filter(has_text=re.compile(r"^answered")).first).to_be_visible()
    page.screenshot(path=pictures / "partition.png")
    page.goto(f"{address}/assets/answers/{QUESTION}")
    expect(page.get_by_text("Latest check results")).to_be_visible()
    page.screenshot(path=pictures / "asset.png")
    page.goto(f"{address}/asset-groups/")
    expect(page.get_by_text("domain_lists").first).to_be_visible()
    page.screenshot(path=pictures / "lineage.png")
