"""``saber-pipeline report``: the file, its address, and a browser where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from saber_pipeline_tests.cli.typed_commands import saber_pipeline
from saber_pipeline_tests.command_line.project import Project


@pytest.mark.slow
def test_the_report_is_written_and_opened(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command names the file it wrote, hands its address to the browser, and tells both to a script."""
    assert saber_pipeline("run", "accounts", "--yes").exit_code == 0
    opened = tmp_path / "opened.txt"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s" "$1" > "{opened}"\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    page = project.data / "report" / "index.html"
    written = saber_pipeline("report", "--open")
    assert (written.exit_code, written.stderr) == (0, "")
    assert page.as_uri() in written.stdout
    assert opened.read_text() == page.as_uri()
    assert saber_pipeline("report", "--json").json["bytes"] == page.stat().st_size
    elsewhere = tmp_path / "for the board.html"
    assert elsewhere.as_uri() in saber_pipeline("report", "--output", str(elsewhere)).stdout
    assert elsewhere.read_text("utf-8").startswith("<!doctype html>")
    assert sorted(path.name for path in tmp_path.glob("*.*")) == ["for the board.html", "opened.txt"]


def test_without_answers_the_report_says_what_to_do(project: Project) -> None:
    """A project that never ran has no report yet, and hears of the command to run first."""
    failed = saber_pipeline("report")
    assert failed.exit_code == 1
    assert "saber-pipeline run" in failed.stderr
