"""A sandbox API, a project folder and a Dagster instance for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.definitions.partitions import register
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline_tests.command_line.project import Project, environment, new_project
from saber_pipeline_tests.testbed.made_once import made_once


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
def read_project() -> Path:
    """The folder of a project whose lists were read, for ``ready`` to copy: reading them takes no API."""
    return made_once("read-project", _read) / "a project"


def _read(folder: Path) -> None:
    made = new_project(folder / "a project", "http://127.0.0.1:9")
    _write_lists(made)
    assert made.materialize("domain_lists").exit_code == 0


@pytest.fixture
def ready(read_project: Path, tmp_path: Path, sandbox: RunningSandbox) -> Project:
    """The project with its lists registered."""
    folder = tmp_path / "a project"
    shutil.copytree(read_project, folder, symlinks=True)
    return Project(folder, environment(sandbox.base_url))


@pytest.fixture
def slow_sandbox() -> Iterator[RunningSandbox]:
    """A sandbox with 3 credits, whose signals and researches take ten minutes."""
    with RunningSandbox(SandboxSettings(credits=3, processing_seconds=(600.0, 600.0))) as running:
        yield running


@pytest.fixture
def without_lists(tmp_path: Path, slow_sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project folder that is the current one, with its settings in the environment."""
    made = new_project(tmp_path / "project", slow_sandbox.base_url)
    monkeypatch.chdir(made.folder)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def here(without_lists: Project) -> Project:
    """That project with two lists that share a domain."""
    without_lists.write_list("accounts", ["acme.com", "globex.com"])
    without_lists.write_list("prospects", ["globex.com", "hooli.com"])
    return without_lists


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """A Dagster instance of its own, which knows both lists."""
    with dg.instance_for_test() as made:
        register(made, COMPANIES, ["accounts", "prospects"])
        yield made


def _write_lists(project: Project) -> None:
    project.write_list("accounts", ["acme.com", "https://www.globex.com/about", "initech.com", "not a domain"])
    project.write_list("prospects", ["initech.com", "hooli.com"])
