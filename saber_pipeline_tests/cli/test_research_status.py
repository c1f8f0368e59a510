"""``saber-pipeline status`` and ``doctor`` about contact research."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from saber_pipeline.definitions.resources import SaberResource
from saber_pipeline.errors import NotEnoughCreditsError
from saber_pipeline.runs.research.research_run import run_research
from saber_pipeline.runs.research.research_run_request import ResearchRequest
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline_tests.cli.conftest import enter
from saber_pipeline_tests.cli.typed_commands import saber_pipeline
from saber_pipeline_tests.command_line.project import Project


def research(project: Project, *first_names: str, **request: Any) -> None:
    """Buy these people, and leave at once what was bought."""
    folder = project.data / "research_lists"
    folder.mkdir(exist_ok=True)
    rows = [f"{first},Byron,Engines,engines.com" for first in first_names]
    (folder / "leads.csv").write_text("\n".join(["first_name,last_name,company,domain", *rows, ""]))
    saber = SaberResource()
    run_research(
        ResearchRequest(**{"run_id": f"run-{time.monotonic_ns()}", "max_wait_minutes": 0, **request}),
        saber.settings(),
        saber.questions(),
        new_client=saber.new_client,
        report=lambda _: None,
    )


def findings() -> list[dict[str, Any]]:
    return [f for f in saber_pipeline("doctor", "--json").json["findings"] if f["subject"] == "researches"]


def test_what_is_in_flight_unknown_and_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By list what is on its way, by person what may have been paid and how much, and what a top-up starts."""
    slow = SandboxSettings(processing_seconds=(600.0, 600.0), credits=3)
    with RunningSandbox(slow) as sandbox:
        project = enter(tmp_path / "slow", sandbox.base_url, monkeypatch)
        assert "Contact research" not in saber_pipeline("status").stdout
        assert findings() == []
        sandbox.set_faults(rules=[{"kind": "reset_after", "method": "POST", "path": "/v1/contacts", "times": 1}])
        research(project, "Ada", "Grace", "Joan")
        with pytest.raises(NotEnoughCreditsError):
            research(project, "Ada", "Grace", "Joan", "Mary")
        told = saber_pipeline("status", "--json").json
        printed = saber_pipeline("status").stdout
        found = findings()
    assert told["researches_in_flight"] == [{"list": "leads", "followed": 0, "left": 2}]
    (unknown,) = told["researches_unknown"]
    assert (unknown["lists"], unknown["credits_at_most"]) == (["leads"], 1.0)
    assert "Byron (engines.com)" in unknown["person"]
    assert [(each["lists"], each["questions"]) for each in told["waiting_for_credits"]] == [
        (["leads"], ["contact research"])
    ]
    assert "Nothing is in flight" not in printed
    assert unknown["person"] in printed
    assert "Together they may have cost 1 credits" in printed
    assert "leads (contact research)" in printed
    assert [(each["verdict"], each["found"]) for each in found] == [
        ("warning", "2 were purchased, but no run follows them"),
        ("warning", "1 have an unknown outcome and may have cost 1 credits"),
    ]
