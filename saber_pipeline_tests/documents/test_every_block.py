"""No command and no query of the documents goes without a test."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from saber_pipeline.config.settings import Settings
from saber_pipeline.definitions.schedules import refresh_schedule
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline_tests.command_line.project import new_project
from saber_pipeline_tests.documents.blocks import ROOT, blocks

RUN = ("bash", "sql", "python")
HERE = ("docs/exporting.md", "docs/money.md", "docs/troubleshooting.md")
FOLLOWED_BY = {
    "README.md": "test_readme.py",
    "docs/alerts.md": "test_alerts.py",
    "docs/command-line.md": "test_command_line.py",
    "docs/conditions.md": "test_conditions.py",
    "docs/decisions.md": "test_decisions.py",
    "docs/deployment.md": "test_operating.py",
    "docs/existing-dagster.md": "test_existing_dagster.py",
    "docs/growing.md": "test_growing.py, test_growing_store.py, test_several_machines.py",
    "docs/lists.md": "test_pages.py",
    "docs/quality.md": "test_quality.py",
    "docs/querying.md": "test_querying.py",
    "docs/questions.md": "test_pages.py",
    "docs/report.md": "test_report_page.py",
    "docs/running.md": "test_operating.py, and the Python below",
    # Pages of other parts, each with a test of its own.
    "docs/performance.md": "benchmarks",
    "docs/research.md": "test_research_summaries_webhooks.py",
    "docs/sources.md": "test_sources.py",
    "docs/summaries.md": "test_research_summaries_webhooks.py",
    "docs/webhooks.md": "test_research_summaries_webhooks.py",
}


@pytest.mark.parametrize("page", HERE)
@pytest.mark.slow
def test_each_command_works(page: str, tmp_path: Path) -> None:
    """What money, exporting and troubleshooting show can be typed as it stands, from the top of a page to its end."""
    with RunningSandbox(SandboxSettings(processing_seconds=(0.0, 0.2), creation_spread_seconds=0.1)) as sandbox:
        project = new_project(tmp_path / "a project", sandbox.base_url)
        project.write_list("my_accounts", ["acme.com"])
        if page == "docs/exporting.md":  # of a list that was asked about
            assert project.run("saber-pipeline", "run", "my_accounts", "--yes").exit_code == 0
        for block in blocks(page, *RUN):
            for line in block.code.splitlines():
                ended = project.run(*shlex.split(line))
                assert ended.exit_code == 0, f"{block}:\n{ended.printed}"


def test_a_schedule_of_ones_own_is_one() -> None:
    """The Python of docs/running.md makes a schedule with the name, the time and the tag that it says."""
    (block,) = blocks("docs/running.md", "python")
    *lines, last = block.code.splitlines()
    names = {"replace": replace, "settings": Settings(), "refresh_schedule": refresh_schedule}
    exec("\n".join([*lines, f"made = {last}"]), names)  # noqa: S102 - the page's own lines
    made = names["made"]
    assert (made.name, made.cron_schedule) == ("forced_monthly", "0 6 1 * *")  # type: ignore[attr-defined]


def test_every_block_has_its_test() -> None:
    """A page with commands or queries that no test runs is found here."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    names = [str(page.relative_to(ROOT)) for page in pages]
    assert [name for name in names if blocks(name, *RUN) and name not in FOLLOWED_BY and name not in HERE] == []
