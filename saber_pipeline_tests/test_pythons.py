"""Which Pythons are supported: each is named wherever it is promised, and make uses the one that it is told to."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SUPPORTED = [
    line.rpartition(" ")[2]
    for line in PROJECT["project"]["classifiers"]
    if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", line)
]
# It answers as another Python would that make asks for its version.
ANOTHER_PYTHON = "#!/bin/sh\necho 3 99 0 /somewhere/else\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder whose .venv is made already, by the Python of these tests."""
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    for prerequisite in ("pyproject.toml", "constraints.txt"):
        (tmp_path / prerequisite).touch()
    (tmp_path / ".venv" / "installed").touch()
    (tmp_path / "another").write_text(ANOTHER_PYTHON, "utf-8")
    (tmp_path / "another").chmod(0o700)
    return tmp_path


def would_do(clone: Path, *arguments: str, **variables: str) -> str:
    """What make would do for ``.venv/installed``, without doing it."""
    outer = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKEOVERRIDES", "PYTHON"}}
    command = ["make", "--dry-run", *arguments, ".venv/installed"]
    return subprocess.run(
        command, cwd=clone, env=outer | variables, capture_output=True, text=True, check=True, timeout=60
    ).stdout


def test_another_python_makes_the_environment_anew(clone: Path) -> None:
    """``make test PYTHON=…`` in a clone that another Python has served never tests the old one in silence."""
    assert "-m venv --clear .venv" in would_do(clone, "PYTHON=./another")
    assert "-m venv --clear .venv" in would_do(clone, PYTHON="./another")


def test_a_python_that_is_not_there_is_not_ignored(clone: Path) -> None:
    """Its name leads to the message that says so, also where an environment is there."""
    assert "'./no-python' is not." in would_do(clone, "PYTHON=./no-python")


def test_the_same_python_keeps_the_environment(clone: Path) -> None:
    """Nothing is installed twice where no Python is named, or the one that made the environment."""
    assert "-m venv" not in would_do(clone)
    assert "-m venv" not in would_do(clone, f"PYTHON={sys.executable}")
    assert "-m venv" not in would_do(clone, PYTHON=str(Path(sys.executable).resolve()))


def test_supported_versions_are_the_ones_that_are_tried() -> None:
    """The package names as supported, without a gap, what the hosted CI runs and CONTRIBUTING.md says was tried."""
    first = PROJECT["project"]["requires-python"].removeprefix(">=")
    assert [f"3.{minor}" for minor in range(int(first[2:]), int(first[2:]) + len(SUPPORTED))] == SUPPORTED
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    matrix = next(line for line in workflow.splitlines() if line.strip().startswith("python: ["))
    assert re.findall(r'"(3\.\d+)"', matrix) == SUPPORTED
    tried = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("## Renewing the pins")[1]
    assert re.findall(r"^\| Python (3\.\d+)", tried, re.MULTILINE) == SUPPORTED
    assert f"Python {SUPPORTED[0]} to {SUPPORTED[-1]}" in (ROOT / "README.md").read_text("utf-8")
