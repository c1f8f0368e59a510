"""A sandbox API, and a project folder that is the current one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline_tests.command_line.project import Project, new_project

QUICK = SandboxSettings(processing_seconds=(0.0, 0.2), creation_spread_seconds=0.1, not_known_share=0, failed_share=0)


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """A sandbox that answers everything at once."""
    with RunningSandbox(QUICK) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Two questions, two lists that share a company; the current folder and environment are the project's."""
    return enter(tmp_path / "a project", sandbox.base_url, monkeypatch)


@pytest.fixture
def slow_sandbox() -> Iterator[RunningSandbox]:
    """A sandbox that answers nothing until its clock is moved: a run on a busy machine does not find its signals."""
    with RunningSandbox(replace(QUICK, processing_seconds=(600.0, 600.0))) as running:
        yield running


@pytest.fixture
def slow(tmp_path: Path, slow_sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Project:
    """``project`` at the slow sandbox."""
    return enter(tmp_path / "a slow project", slow_sandbox.base_url, monkeypatch)


def enter(folder: Path, base_url: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A new project at ``folder``, made the current one."""
    made = new_project(folder, base_url)
    made.write_list("accounts", ["acme.com", "globex.com", "initech.com"])
    made.write_list("prospects", ["initech.com", "hooli.com"])
    monkeypatch.chdir(made.folder)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made
