"""``saber-pipeline init --distributed``, and what ``doctor`` says of the workers."""

from __future__ import annotations

import contextlib
import inspect
import re
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from dagster._core.instance.config import dagster_instance_config  # what reads dagster.yaml; no public name
from ruamel.yaml import YAML

from saber_pipeline.cli.checks.dagster_check import check_workers
from saber_pipeline.cli.checks.finding import Verdict
from saber_pipeline.definitions import celery_workers, dagster_instance
from saber_pipeline.definitions.celery_workers import Workers
from saber_pipeline.runs.requests import RunRequest
from saber_pipeline_tests.cli.typed_commands import saber_pipeline
from saber_pipeline_tests.command_line.project import ROOT

if TYPE_CHECKING:
    from pathlib import Path

yaml = YAML(typ="safe")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project for several machines, whose services are not there yet."""
    monkeypatch.chdir(tmp_path)
    made = saber_pipeline("init", "--distributed", "a project")
    assert made.exit_code == 0, made.stderr
    assert "set -a; . ./services.env; set +a" in made.stdout
    monkeypatch.chdir(tmp_path / "a project")
    return tmp_path / "a project"


def test_dagster_takes_its_files(folder: Path) -> None:
    """Dagster reads the configuration; each variable that it names is in services.env, which is its owner's alone."""
    settings, _ = dagster_instance_config(str(folder))
    assert settings["storage"]["postgres"]["postgres_db"]["scheme"] == "postgresql+psycopg2"
    assert settings["run_launcher"]["class"] == "CeleryRunLauncher"
    named = set(re.findall(r"env: (\w+)", (folder / "dagster.yaml").read_text()))
    services = folder / "services.env"
    assert stat.S_IMODE(services.stat().st_mode) == 0o600
    assert "services.env" in (folder / ".gitignore").read_text().splitlines()
    script = "set -a; . ./services.env; printenv DAGSTER_HOME " + " ".join(sorted(named - {"DAGSTER_PG_PASSWORD"}))
    told = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=True).stdout
    assert told.splitlines()[0] == str(folder)
    assert len(told.splitlines()) == len(named)
    assert "DAGSTER_PG_PASSWORD=\n" in services.read_text()
    assert not (folder / ".dagster").exists()  # the instance is in a database


def test_its_limits_fit(folder: Path) -> None:
    """A run that waits as long as it may is not ended, a dead one within hours; the rest is as on one machine."""
    ours, of_one = (yaml.load(place / "dagster.yaml") for place in (folder, ROOT))
    values = yaml.load(folder / "values.yaml")
    watched = ours["run_monitoring"]
    longest_wait = 60 * float(inspect.signature(RunRequest).parameters["max_wait_minutes"].default)
    assert longest_wait + 1_800 <= watched["max_runtime_seconds"] <= 4 * 3_600
    assert watched["max_resume_run_attempts"] == 0
    for name in ("local_artifact_storage", "run_retries", "sensors", "telemetry", "nux"):
        assert ours[name] == of_one[name]
    daemon = values["dagsterDaemon"]
    at_once = daemon["runCoordinator"]["config"]["queuedRunCoordinator"]["maxConcurrentRuns"]
    assert at_once == ours["concurrency"]["runs"]["max_concurrent_runs"]
    assert daemon["runMonitoring"]["maxRuntimeSeconds"] == watched["max_runtime_seconds"]
    assert values["postgresql"]["postgresqlScheme"] == "postgresql+psycopg2"


def test_the_file_of_one_machine_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a project of one machine its dagster.yaml stays, and the command says what to do with it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dagster.yaml").write_text("mine: true\n")
    made = saber_pipeline("init", "--distributed")
    assert made.exit_code == 0
    assert (tmp_path / "dagster.yaml").read_text() == "mine: true\n"
    assert "move it away and repeat this command" in made.stdout


def test_doctor_without_the_services(folder: Path) -> None:
    """Where what Dagster needs is not installed, or its addresses are not set, that is a problem of the instance."""
    told = saber_pipeline("doctor", "--json").json["findings"]
    (found,) = [each for each in told if each["subject"] == "instance"]
    assert found["verdict"] == "problem"
    assert "cannot be opened" in found["found"]


@pytest.mark.parametrize(
    ("workers", "verdict", "words"),
    [
        (Workers("dagster", {"celery@a": 2, "celery@b": 2}, 4), Verdict.OK, "2 workers with 4 places, for 4 runs"),
        (Workers("dagster", {"celery@a": 1}, 1), Verdict.OK, "1 worker with 1 place, for 1 runs at once"),
        (Workers("dagster", {"celery@a": 2}, 3), Verdict.WARNING, "hands out 3 runs at once"),
        (Workers("dagster", {"celery@a": 2}, None), Verdict.WARNING, "hands out any number of runs at once"),
        (Workers("dagster", {}, 3), Verdict.PROBLEM, "none answers"),
        (Workers("dagster", trouble="Connection refused"), Verdict.PROBLEM, "does not answer: Connection refused"),
    ],
)
def test_what_doctor_says_of_workers(
    folder: Path, monkeypatch: pytest.MonkeyPatch, workers: Workers, verdict: Verdict, words: str
) -> None:
    """More runs at once than places, and nobody to carry them out, are told with what to do."""
    monkeypatch.setattr(dagster_instance, "current_instance", contextlib.nullcontext)
    monkeypatch.setattr(celery_workers, "celery_workers", lambda _: workers)
    (found,) = check_workers(folder)
    assert found.verdict is verdict
    assert words in found.found
    assert bool(found.to_do) is (verdict is not Verdict.OK)


def test_one_machine_has_no_workers() -> None:
    """In a project of one machine there is nothing to say."""
    assert list(check_workers(ROOT)) == []
