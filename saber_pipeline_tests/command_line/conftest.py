"""A sandbox API and a project folder for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from saber_pipeline.sandbox.running import RunningSandbox
from saber_pipeline.sandbox.settings import SandboxSettings
from saber_pipeline_tests.command_line.project import Project, new_project


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """A sandbox whose signals are ready at once."""
    settings = SandboxSettings(processing_seconds=(0.0, 0.5), creation_spread_seconds=0.1)
    with RunningSandbox(settings) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, sandbox: RunningSandbox) -> Project:
    """A project with two lists that share a domain."""
    made = new_project(tmp_path / "a project", sandbox.base_url)
    made.write_list("accounts", ["acme.com", "https://www.globex.com/about", "initech.com", "not a domain"])
    made.write_list("prospects", ["initech.com", "hooli.com"])
    return made
