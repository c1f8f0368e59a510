"""The page about conditions, followed as its reader would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.documents.blocks import blocks
from saber_pipeline_tests.documents.document_reader import follow

PAGE = "docs/conditions.md"


@pytest.mark.slow
def test_following_the_page(tmp_path: Path, sandbox: RunningSandbox) -> None:
    """Its questions, commands and queries work as they stand, and what the page says of the run is so."""
    (questions,) = blocks(PAGE, "yaml")
    planned, done, outcomes, crm = follow(PAGE, tmp_path, sandbox, questions=questions.code)
    for condition in (
        "sales_leader is asked only if is_hiring AND headcount > 50",
        "crm_lenient is asked only where crm",
    ):
        assert condition in planned
    assert "true for 0, false for 0, unknown for 33; 33 wait for an answer of this run" in planned
    assert "more pairs wait for answers of the run. With them the cost is at most 165 credits" in planned
    assert "held_back" in outcomes
    assert "its ask_if is false" in outcomes
    assert "crm" in crm
    assert "Run " in done
    asked = {(pair["subject"], pair["question"]) for pair in sandbox.books()["pairs"]}
    assert 2 * 33 < len(asked) < 5 * 33, json.dumps(sorted(asked))
