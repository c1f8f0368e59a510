"""The operator's way through Dagster's pages: look at a question, ask it for a list, watch, read what came."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from saber_pipeline.demo.workspace import SAMPLES, STARTER
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline_tests.browser.dagster_ui import serving
from saber_pipeline_tests.browser.operator import operator_at
from saber_pipeline_tests.command_line.project import Project, new_project
from saber_pipeline_tests.documents.blocks import ROOT

LIST, QUESTION = "sample_accounts", "uses_salesforce"


@pytest.fixture
def project(tmp_path: Path, browser: Browser) -> Project:
    """A project with the sample lists, read, and the sample questions. No project where there is no browser."""
    made = new_project(tmp_path / "a project", "http://127.0.0.1:9")
    for kind, names in SAMPLES.items():
        (made.data / kind.lists).mkdir(exist_ok=True)
        for name in names:
            (made.data / kind.lists / name).write_bytes((STARTER / name).read_bytes())
    made.write_questions((ROOT / "data" / "questions.yaml").read_text())
    assert made.materialize("domain_lists").exit_code == 0
    return made


@pytest.mark.slow
def test_a_question_is_asked_by_clicking(project: Project, browser: Browser, pictures: Path) -> None:
    """From a question's page, a list is picked and asked; the run tells its progress, and the pages what came."""
    slow_enough_to_watch = SandboxSettings(processing_seconds=(2.0, 14.0), creation_spread_seconds=1.0)
    with RunningSandbox(slow_enough_to_watch) as sandbox:
        project.environment["SABER_BASE_URL"] = sandbox.base_url
        with serving(project) as address:
            operator = operator_at(address, browser, pictures)
            operator.look_at_question(QUESTION, "Does this company use Salesforce?")
            operator.ask_about(LIST)
            operator.watch_the_run()
            metadata = operator.read_the_partition(QUESTION, LIST)
            checks = operator.read_the_checks(QUESTION)
            options = operator.read_the_launchpad(QUESTION)
            operator.look_around(QUESTION)
        books = sandbox.books()
    assert books["unforced_repeats"] == 0
    assert books["signals"] == 33

    ((answered, yes),) = project.query("SELECT count(*), count(*) FILTER (value) FROM questions.uses_salesforce")
    assert "costs 1 credit (SABER_CREDITS_PER_SIGNAL)" in " ".join(options.split())
    assert (metadata["companies"], metadata["bought"], metadata["credits"]) == ("33", "33", "33")
    assert metadata["asked"] == "33"
    assert metadata["answered"] == str(answered)
    assert metadata["run_credits_spent"] == "33"
    assert re.search(rf"^yes\s+{yes}\b", metadata["answers_by_value"], re.MULTILINE)
    assert re.search(rf"33\s+{answered}\s", metadata["coverage_of_run"])
    assert f"33 pairs asked = {answered} answered" in checks["complete"]
    assert re.search(r"33 pairs", checks["healthy"])
