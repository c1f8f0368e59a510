"""docs/report.md says what the report is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from saber_pipeline_tests.command_line.project import new_project
from saber_pipeline_tests.documents.blocks import ROOT, blocks

PAGE = (ROOT / "docs" / "report.md").read_text("utf-8")


@pytest.mark.slow
def test_its_command_writes_a_report_with_the_parts_it_names(answers: Path, tmp_path: Path) -> None:
    """The command works, the file is its user's only, and the parts stand in the page's table in their order."""
    project = new_project(tmp_path / "a project", "http://127.0.0.1:9")
    (project.data / "answers.duckdb").symlink_to(answers.resolve())
    (command,) = blocks("docs/report.md", "bash")
    ended = project.run(*command.code.split())
    assert ended.exit_code == 0, ended.printed
    written = project.data / "report" / "index.html"
    assert written.stat().st_mode & 0o777 == 0o600
    assert str(written.relative_to(project.folder)) in ended.printed
    titles = re.findall(r"<h2 id=\"\w+-title\">(.+?)</h2>", written.read_text("utf-8"))
    table = PAGE.partition("## What its parts mean")[2].partition("Below each table")[0]
    told = [part for line in re.findall(r"^\| (.+?) \|", table, re.MULTILINE)[1:] for part in re.split(", ", line)]
    told.remove("an account's page")
    told[-1:] = ["Failed pairs", "Refused pairs"]  # one row for both
    assert told == titles
