"""docs/sources.md as its reader does it: the file written, the commands run, the queries asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from saber_pipeline.ingest.sources_yaml import SECTIONS
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline_tests.command_line.project import Project, new_project
from saber_pipeline_tests.documents.blocks import Block, blocks, run_block

PAGE = "docs/sources.md"
QUESTIONS = """
questions:
  crm: {question: Which CRM does this company use?}
  topics: {question: What does this person post about?, about: contact}
"""


def follow(block: Block, project: Project) -> None:
    """Write what is to be written into ``sources.yaml``, and run the rest."""
    if block.language == "yaml":
        (project.data / "sources.yaml").write_text(block.code, encoding="utf-8")
    else:
        run_block(block, project.folder, project.shell_variables())


@pytest.mark.slow
def test_the_page_works_from_top_to_bottom(tmp_path: Path) -> None:
    """Every block works in order; only the contact answers cost anything, and the CRM question is owned at the end."""
    quick = SandboxSettings(processing_seconds=(0.0, 0.2), not_known_share=0.0, failed_share=0.0)
    with RunningSandbox(quick) as sandbox:
        project = new_project(tmp_path / "a project", sandbox.base_url)
        project.write_questions(QUESTIONS)
        for block in blocks(PAGE):
            follow(block, project)
        people = project.query("SELECT count(*) FROM found_contacts")[0][0]
        assert sandbox.books()["signals"] == 3 + people
        owned = project.materialize("answers/crm", "target_accounts")
        assert "3 pairs asked = 3 owned" in owned.printed, owned.printed
        assert sandbox.books()["signals"] == 3 + people


def test_the_page_shows_every_section() -> None:
    """The example on the page declares something in each section that sources.yaml may have."""
    (example,) = [block.code for block in blocks(PAGE, "yaml")]
    assert set(re.findall(r"^(\w+):", example, re.MULTILINE)) == set(SECTIONS)
