"""docs/research.md, docs/summaries.md and docs/webhooks.md: their examples, from top to bottom, as written."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.command_line.daemon import until
from saber_pipeline_tests.command_line.project import QUESTIONS
from saber_pipeline_tests.documents.document_reader import follow


def test_research(tmp_path: Path, sandbox: RunningSandbox) -> None:
    """Who follows docs/research.md pays for two people, and sees why the third row was not used."""
    said = follow("docs/research.md", tmp_path, sandbox)
    assert "a run would research 2 for 2 credits" in said[1]
    assert sandbox.books()["contact_researches_by_person"] == {
        "ada byron, engines.co.uk": 1,
        "grace hopper, cobol.com": 1,
    }
    assert "The last name is missing." in said[-1]


@pytest.mark.slow
def test_summaries(tmp_path: Path, sandbox: RunningSandbox) -> None:
    """Who follows docs/summaries.md has a summary of every sample account, and asked for none of them twice."""
    follow("docs/summaries.md", tmp_path, sandbox)
    assert sandbox.books(pairs=False)["requests"].get("POST /v1/companies/signals/summaries", 0) == 0


@pytest.mark.slow
def test_webhooks(tmp_path: Path, sandbox: RunningSandbox) -> None:
    """Who follows docs/webhooks.md gets all answers, those of the run that did not wait through the receiver."""
    paths = DataPaths(tmp_path / "data")

    def wait() -> None:
        until(lambda: _published(paths.answers_file) == sandbox.books()["signals"], "every answer is published")
        until(lambda: _webhooks_taken(sandbox) == sandbox.books()["signals"], "every webhook is taken")

    try:
        follow("docs/webhooks.md", tmp_path, sandbox, questions=QUESTIONS, before_the_last=wait)
    finally:
        with suppress(OSError, ValueError):  # it has ended, as the document's last line says
            os.kill(int((tmp_path / "webhooks.pid").read_text()), signal.SIGTERM)
    assert sandbox.books()["repeated_pairs"] == 0


def _published(answers: Path) -> int:
    """Signals of answers.duckdb that have ended."""
    with duckdb.connect(str(answers.resolve()), read_only=True) as con:
        return int(con.execute("SELECT count(*) FROM signals WHERE status <> 'processing'").fetchall()[0][0])


def _webhooks_taken(sandbox: RunningSandbox) -> int:
    return int(sandbox.books()["webhooks"]["taken"])
