"""The component and ``dg``: in a project of somebody else, in the clone, and in a folder that ``init`` made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from saber_pipeline_tests.cli.typing_commands import saber_pipeline
from saber_pipeline_tests.command_line.project import ROOT

DG = Path(sys.executable).with_name("dg")
DEFINITIONS = """\
from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
"""


def dg(folder: Path, *words: str) -> str:
    """What a command of ``dg`` prints in a folder; it must succeed."""
    environment = {**os.environ, "DAGSTER_DISABLE_TELEMETRY": "1", "DAGSTER_HOME": "", "COLUMNS": "200"}
    environment.pop("DAGSTER_HOME")
    done = subprocess.run(
        [DG, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_scaffolded_component_loads_in_somebody_elses_project(tmp_path: Path) -> None:
    """``dg scaffold`` writes defs.yaml and questions, and ``dg list defs`` shows their assets under the prefix."""
    (tmp_path / "acme" / "defs").mkdir(parents=True)
    (tmp_path / "acme" / "__init__.py").touch()
    (tmp_path / "acme" / "definitions.py").write_text(DEFINITIONS, encoding="utf-8")
    (tmp_path / "dg.toml").write_text('directory_type = "project"\n[project]\nroot_module = "acme"\n')
    dg(tmp_path, "scaffold", "defs", "saber_pipeline.SaberQuestions", "accounts")
    written = (tmp_path / "acme" / "defs" / "accounts" / "defs.yaml").read_text(encoding="utf-8")
    assert written.startswith("type: saber_pipeline.SaberQuestions\n")
    assert (tmp_path / "data" / "accounts" / "questions.yaml").is_file()
    assert "saber/answers/uses_salesforce" in dg(tmp_path, "list", "defs", "--json")


def test_dg_works_in_a_folder_made_by_init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``dg check defs`` finds nothing wrong where ``saber-pipeline init`` has just been."""
    monkeypatch.chdir(tmp_path)
    assert saber_pipeline("init").exit_code == 0
    assert "All definitions loaded successfully." in dg(tmp_path, "check", "defs")


def test_dg_works_in_the_clone() -> None:
    """``dg list defs`` in the repository shows the questions of ``data/questions.yaml``."""
    assert "answers/uses_salesforce" in dg(ROOT, "list", "defs", "--json")
