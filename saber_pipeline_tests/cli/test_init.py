"""``saber-pipeline init``: a project from nothing but the package."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import dagster as dg
import pytest

from saber_pipeline.cli.init_command import LIST_FOLDERS, SAMPLES, STARTERS
from saber_pipeline.config.questions.catalog import load_questions
from saber_pipeline.config.settings import load_settings
from saber_pipeline.definitions.dagster_instance import current_instance
from saber_pipeline_tests.cli.typed_commands import saber_pipeline, start
from saber_pipeline_tests.command_line.project import ROOT, Project

SAME_AS_IN_THE_REPOSITORY = {
    "env.example": ".env.example",
    "dagster.yaml": "dagster.yaml",
    "workspace.yaml": "workspace.yaml",
    "questions.yaml": "data/questions.yaml",
}


@pytest.mark.parametrize(("template", "original"), SAME_AS_IN_THE_REPOSITORY.items())
def test_templates_are_the_repositorys_own_files(template: str, original: str) -> None:
    """What init writes is what a clone has: change both, `cp <original> saber_pipeline/cli/starter/<template>`."""
    assert (ROOT / "saber_pipeline/cli/starter" / template).read_text() == (ROOT / original).read_text()


def test_a_new_folder_becomes_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is there and usable, the settings are private, and the instance is made."""
    monkeypatch.chdir(tmp_path)
    made = saber_pipeline("init", "a project")
    assert made.exit_code == 0, made.stderr
    assert 'DAGSTER_HOME="$PWD" dagster dev' in made.stdout, "without it Dagster's pages say they keep nothing"
    folder = tmp_path / "a project"
    assert {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and ".dagster" not in p.parts} == {
        starter.path for starter in STARTERS
    }
    assert all((folder / place).is_dir() for place in LIST_FOLDERS)
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600
    assert [stat.S_IMODE((folder / name).stat().st_mode) for name in ("data", ".dagster")] == [0o700, 0o700]
    assert "Copy this file" not in (folder / ".env").read_text()
    assert load_settings(folder, {}).api_key is None
    assert load_questions(folder / "data" / "questions.yaml").questions
    monkeypatch.chdir(folder)
    before = sorted(Path(".dagster").rglob("*.db"))
    assert before
    with current_instance() as instance:
        assert instance.get_runs_count() == 0
    assert sorted(Path(".dagster").rglob("*.db")) == before


@pytest.mark.parametrize("own", [None, "/somewhere/else"])
def test_make_dev_has_the_lasting_instance(own: str | None) -> None:
    """The pages of a clone are those of its own instance, unless DAGSTER_HOME names another one."""
    variables = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    shown = subprocess.run(
        ["make", "--dry-run", "dev"], cwd=ROOT, env=variables, capture_output=True, text=True, check=True
    ).stdout
    setting = next(
        word
        for line in shown.splitlines()
        for word in line.split()
        if word.startswith("DAGSTER_HOME=") and "dagster dev" in line
    )
    asked = subprocess.run(
        ["sh", "-c", f"{setting} printenv DAGSTER_HOME"],
        cwd=ROOT,
        env=variables | ({"DAGSTER_HOME": own} if own else {}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.strip() == (own or str(ROOT))


def test_sample_lists_are_written_only_when_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first run without names buys no samples: they are there after --with-samples alone, also in a second init."""
    monkeypatch.chdir(tmp_path)
    assert saber_pipeline("init").exit_code == 0
    assert list(tmp_path.glob("data/*_lists/*")) == []
    assert saber_pipeline("init", "--with-samples").exit_code == 0
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.glob("data/*_lists/*")) == sorted(
        starter.path for starter in SAMPLES
    )


def test_nothing_that_is_there_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second init, or one in a folder that is in use, leaves every file as it is and names it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    for path in (".env", "data/questions.yaml"):
        (tmp_path / path).write_text(f"mine: {path}\n")
    made = saber_pipeline("init")
    assert made.exit_code == 0
    for path in (".env", "data/questions.yaml"):
        assert (tmp_path / path).read_text() == f"mine: {path}\n"
        assert f"left   {path}, which exists already" in made.stdout
    again = saber_pipeline("init")
    assert "wrote" not in again.stdout
    assert again.stdout.count("left") == len(STARTERS)


def test_two_first_commands_at_once_leave_a_usable_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two empty instances at once corrupt each other for good, so they wait for each other."""
    here = Project(tmp_path)
    processes = [start(here, "init") for _ in range(4)]
    assert [(process.communicate()[0], process.returncode)[1] for process in processes] == [0] * 4
    monkeypatch.chdir(tmp_path)
    with current_instance() as instance:
        instance.add_dynamic_partitions("domain_lists", ["a"])
        instance.get_run_records()
        assert instance.get_asset_keys() == []


def test_an_instance_elsewhere_is_respected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where DAGSTER_HOME is set, in .env or outside, it names the instance, as for Dagster's own commands."""
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    assert saber_pipeline("init", "project").exit_code == 0
    assert not (tmp_path / "project" / ".dagster").exists()
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert instance.get_runs_count() == 0


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A file in the way, or no permission, ends with the path and the reason."""
    (tmp_path / "data").write_text("a file, not a folder")
    failed = saber_pipeline("init", str(tmp_path))
    assert failed.exit_code == 1
    assert str(tmp_path / "data") in failed.stderr
    assert "Traceback" not in failed.stderr
