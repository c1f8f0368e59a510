"""The README's first command: the package in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from saber_pipeline_tests.documents.blocks import ROOT, blocks, succeed

PATIENCE_SECONDS = 300


@pytest.mark.slow
def test_the_package_is_installed_and_works_outside_of_the_clone(tmp_path: Path) -> None:
    """What ``pip install`` puts into a new environment has every file that a project needs to begin and plan."""
    (command, *_) = blocks("README.md", "bash")
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    # The dependencies are those of this environment, so that only the package itself is built and installed.
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SABER_", "DAGSTER_"))}
    kept |= {"PATH": f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    _run(f"{command.code.strip()} --ignore-installed --no-deps", ROOT, kept)
    project = tmp_path / "a project"
    project.mkdir()
    code = "import saber_pipeline; print(saber_pipeline.__file__)"
    assert str(packages) in _run(f"python -c '{code}'", project, kept)
    _run("saber-pipeline init --with-samples", project, kept)
    planned = _run("saber-pipeline plan --question crm", project, kept | {"SABER_API_KEY": ""})
    assert "sample_accounts" in planned


def _run(command: str, folder: Path, environment: dict[str, str]) -> str:
    return succeed(["bash", "-c", command], folder, environment, timeout=PATIENCE_SECONDS).stdout
