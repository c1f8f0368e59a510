"""A sandbox API and a project folder for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline_tests.command_line.project import Project, environment, new_project


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """A sandbox whose signals are ready at once."""
    settings = SandboxSettings(processing_seconds=(0.0, 0.5), creation_spread_seconds=0.1)
    with RunningSandbox(settings) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, sandbox: RunningSandbox) -> Project:
    """A project with two lists that share a domain."""
    made = new_project(tmp_path / "a project", sandbox.base_url, has_instance=False)
    _write_lists(made)
    return made


@pytest.fixture(scope="session")
def read_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose lists were read, for ``ready`` to copy: reading them takes no API."""
    made = new_project(tmp_path_factory.mktemp("read") / "a project", "http://127.0.0.1:9")
    _write_lists(made)
    assert made.materialize("domain_lists").exit_code == 0
    return made


@pytest.fixture
def ready(read_project: Project, tmp_path: Path, sandbox: RunningSandbox) -> Project:
    """The project with its lists registered."""
    folder = tmp_path / "a project"
    shutil.copytree(read_project.folder, folder, symlinks=True)
    return replace(read_project, folder=folder, environment=environment(sandbox.base_url))


def _write_lists(project: Project) -> None:
    project.write_list("accounts", ["acme.com", "https://www.globex.com/about", "initech.com", "not a domain"])
    project.write_list("prospects", ["initech.com", "hooli.com"])
