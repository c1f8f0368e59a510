"""The component and ``dg``: in a project of somebody else, in the clone, and in a folder that ``init`` made."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.cli.typed_commands import saber_pipeline
from saber_pipeline_tests.command_line.project import ROOT, environment

DG = Path(sys.executable).with_name("dg")
# What `create-dagster project acme` (1.13.27) writes, where its files matter.
FRESH = {
    "pyproject.toml": """\
[project]
name = "acme"
requires-python = ">=3.10,<3.15"
version = "0.1.0"
dependencies = ["dagster==1.13.27"]

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "acme"
registry_modules = ["acme.components.*"]
""",
    "src/acme/__init__.py": "",
    "src/acme/defs/__init__.py": "",
    "src/acme/definitions.py": """\
from pathlib import Path

from dagster import definitions, load_from_defs_folder


@definitions
def defs():
    return load_from_defs_folder(path_within_project=Path(__file__).parent)
""",
}


def dg(folder: Path, *words: str, **settings: str) -> str:
    """What a command of ``dg`` prints in a folder; it must succeed."""
    variables = {**os.environ, "DAGSTER_DISABLE_TELEMETRY": "1", "COLUMNS": "200", **settings}
    if "DAGSTER_HOME" not in settings:
        variables.pop("DAGSTER_HOME", None)
    done = subprocess.run(
        [DG, *words], cwd=folder, env=variables, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A project as `create-dagster` makes it, in which the component was scaffolded."""
    for name, text in FRESH.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    dg(tmp_path, "scaffold", "defs", "saber_pipeline.SaberQuestions", "accounts")
    return tmp_path


def installed(folder: Path) -> dict[str, str]:
    """What `pip install -e .` would do for the project."""
    return {"PYTHONPATH": str(folder / "src")}


@pytest.mark.slow
def test_a_scaffolded_component_loads_in_a_fresh_project(fresh: Path) -> None:
    """``dg scaffold`` writes defs.yaml and questions, and ``dg list defs`` shows their assets under the prefix."""
    written = (fresh / "src" / "acme" / "defs" / "accounts" / "defs.yaml").read_text(encoding="utf-8")
    assert written.startswith("type: saber_pipeline.SaberQuestions\n")
    assert (fresh / "data" / "accounts" / "questions.yaml").is_file()
    assert "saber/answers/uses_salesforce" in dg(fresh, "list", "defs", "--json", **installed(fresh))


@pytest.mark.slow
def test_a_scaffolded_component_asks_its_questions(fresh: Path) -> None:
    """``dg check defs`` finds nothing wrong, and ``dg launch`` reads the list and asks a question about it."""
    data = fresh / "data" / "accounts"
    (data / "domain_lists" / "mine.csv").write_text("domain\nacme.com\n", encoding="utf-8")
    assert "All definitions loaded successfully." in dg(fresh, "check", "defs", **installed(fresh))
    shutil.copy(ROOT / "dagster.yaml", fresh)
    with RunningSandbox() as sandbox:
        settings = {**installed(fresh), **environment(sandbox.base_url), "DAGSTER_HOME": str(fresh)}
        dg(fresh, "launch", "--assets", "key:saber/domain_lists", **settings)
        dg(fresh, "launch", "--assets", "key:saber/answers/uses_salesforce", "--partition", "mine", **settings)
        assert sandbox.books()["signals"] == 1
    assert (data / "answers.duckdb").exists()


@pytest.mark.slow
def test_a_mistake_in_the_attributes_is_shown_with_its_line(fresh: Path) -> None:
    """``dg check yaml`` names the file, the line and the attribute that the component does not have."""
    file = fresh / "src" / "acme" / "defs" / "accounts" / "defs.yaml"
    file.write_text("type: saber_pipeline.SaberQuestions\nattributes:\n  data_folder: data\n")
    with pytest.raises(AssertionError, match=r"defs\.yaml:3"):
        dg(fresh, "check", "yaml")


@pytest.mark.slow
def test_dg_works_in_a_folder_made_by_init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``dg check defs`` finds nothing wrong where ``saber-pipeline init`` has just been."""
    monkeypatch.chdir(tmp_path)
    assert saber_pipeline("init").exit_code == 0
    assert "All definitions loaded successfully." in dg(tmp_path, "check", "defs")


def test_dg_works_in_the_clone() -> None:
    """``dg list defs`` in the repository shows the questions of ``data/questions.yaml``."""
    assert "answers/uses_salesforce" in dg(ROOT, "list", "defs", "--json")
