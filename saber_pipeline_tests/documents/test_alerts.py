"""docs/alerts.md: its example, as written, with Dagster's own preview of the sensor."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from saber_pipeline_tests.command_line.project import QUESTIONS
from saber_pipeline_tests.documents.document_reader import follow

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.sandbox.sandbox_server import RunningSandbox


@pytest.mark.slow
def test_alerts(tmp_path: Path, sandbox: RunningSandbox) -> None:
    """Who follows docs/alerts.md is told once that the credits are low, and never the key."""
    try:
        follow("docs/alerts.md", tmp_path, sandbox, questions=QUESTIONS)
    finally:
        with suppress(OSError, ValueError):  # it has ended, as the page's last line says
            os.kill(int((tmp_path / "listen.pid").read_text()), signal.SIGTERM)
    told = (tmp_path / "alerts.log").read_text().splitlines()
    assert [json.loads(line)["kind"] for line in told] == ["credits_low"]
    assert sandbox.key not in told[0]
