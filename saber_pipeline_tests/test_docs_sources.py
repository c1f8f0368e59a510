"""docs/sources.md as its reader does it: the file written, the commands run, the queries asked."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb

from saber_pipeline.sandbox.running import RunningSandbox
from saber_pipeline.sandbox.settings import SandboxSettings
from saber_pipeline.sources.reading import SECTIONS
from saber_pipeline_tests.command_line.project import BIN, ROOT, Project, new_project

PAGE = ROOT / "docs" / "sources.md"
FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND_SECONDS = 180
QUESTIONS = """
questions:
  crm: {question: Which CRM does this company use?}
  topics: {question: What does this person post about?, about: contact}
"""


@dataclass(frozen=True)
class Block:
    """A fenced block of the page, and the line it begins on."""

    line: int
    language: str
    code: str


def blocks() -> list[Block]:
    text = PAGE.read_text(encoding="utf-8")
    return [Block(text[: m.start()].count("\n") + 2, m["language"], m["code"]) for m in FENCE.finditer(text)]


def carry_out(block: Block, project: Project) -> None:
    if block.language == "yaml":
        (project.data / "sources.yaml").write_text(block.code, encoding="utf-8")
        return
    if block.language == "sql":
        with duckdb.connect(str(project.answers), read_only=True) as con:
            assert con.execute(block.code).fetchall(), f"{PAGE.name}, line {block.line}: no rows"
        return
    command = {"bash": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}[block.language]
    path = f"{BIN}:{project.variables()['PATH']}"
    done = subprocess.run(
        [*command, block.code],
        cwd=project.folder,
        env=project.variables(PATH=path),
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{PAGE.name}, line {block.line}:\n{block.code}\n{done.stdout}\n{done.stderr}"


def test_the_page_works_from_top_to_bottom(tmp_path: Path) -> None:
    """Every block works in order; only the contact answers cost anything, and the CRM question is owned at the end."""
    assert shutil.which("bash")
    quick = SandboxSettings(processing_seconds=(0.0, 0.2), not_known_share=0.0, failed_share=0.0)
    with RunningSandbox(quick) as sandbox:
        project = new_project(tmp_path / "a project", sandbox.base_url)
        project.write_questions(QUESTIONS)
        for block in blocks():
            carry_out(block, project)
        people = project.query("SELECT count(*) FROM found_contacts")[0][0]
        assert sandbox.books()["signals"] == 3 + people
        owned = project.materialize("answers/crm", "target_accounts")
        assert "3 pairs asked = 3 owned" in owned.printed, owned.printed
        assert sandbox.books()["signals"] == 3 + people


def test_the_page_shows_every_section() -> None:
    """The example on the page declares something in each section that sources.yaml may have."""
    (example,) = [block.code for block in blocks() if block.language == "yaml"]
    assert set(re.findall(r"^(\w+):", example, re.MULTILINE)) == set(SECTIONS)
