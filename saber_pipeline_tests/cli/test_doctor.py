"""``saber-pipeline doctor``: what is wrong, and what to do about it."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from saber_pipeline.cli.checks.finding import Verdict
from saber_pipeline.cli.checks.machine_check import check_disk
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import RateLimit
from saber_pipeline_tests.cli.conftest import QUICK, enter
from saber_pipeline_tests.cli.typed_commands import saber_pipeline
from saber_pipeline_tests.command_line.project import Project

KEY = "sk_test_a_key_that_is_long_enough"


def findings(exit_code: int) -> dict[str, dict[str, Any]]:
    """The findings by their subject, after the command ended with ``exit_code``."""
    looked = saber_pipeline("doctor", "--json")
    assert looked.exit_code == exit_code, looked.stdout
    assert KEY not in looked.stdout + looked.stderr
    return {finding["subject"]: finding for finding in looked.json["findings"]}


def test_everything_is_well(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each thing that a run needs is named and ok, the key by its ends only, and the exit code is 0."""
    monkeypatch.setenv("SABER_API_KEY", KEY)
    found = findings(0)
    assert list(found) == [
        *(
            "versions",
            "address",
            "key",
            "credits",
            "rate limit",
            "budget",
            "questions",
            "list accounts",
            "list prospects",
        ),
        *("data directory", "ledger", "warehouse", "disk", "instance"),
    ]
    assert {finding["verdict"] for finding in found.values()} == {"ok"}
    assert found["key"]["found"] == "the key sk_test_…ough is accepted"
    assert found["credits"]["found"].startswith("100,000 credits")
    assert found["list accounts"]["found"] == "3 companies in 3 rows"
    assert "reads left" in found["rate limit"]["found"]


def test_nothing_but_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any file or key it says what is missing and what to do, and makes nothing."""
    monkeypatch.chdir(tmp_path)
    found = findings(1)
    problems = {subject for subject, finding in found.items() if finding["verdict"] == "problem"}
    assert problems == {"key", "questions", "lists", "instance"}
    assert all(found[subject]["to_do"] for subject in problems)
    assert list(tmp_path.iterdir()) == []


def test_the_printed_form_has_the_cure_below_the_finding(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line for each finding, one more for what to do, and the number of problems at the end."""
    monkeypatch.delenv("SABER_API_KEY")
    looked = saber_pipeline("doctor")
    assert looked.exit_code == 1
    lines = looked.stdout.splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith("problem  key"))
    assert lines[place + 1].strip().startswith("-> Put your key into .env")
    assert lines[-1] == "1 problem, 0 warnings."


def test_a_key_that_is_refused_and_an_api_out_of_reach(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The API's own words, the key by its ends, and the address."""
    monkeypatch.setenv("SABER_API_KEY", "a_key_that_the_sandbox_refuses")
    refused = findings(1)["key"]
    assert refused["found"].startswith("the key a_key_th…uses is not accepted")
    monkeypatch.setenv("SABER_BASE_URL", "http://127.0.0.1:9")
    assert "http://127.0.0.1:9" in findings(1)["address"]["found"]


def test_mistakes_in_what_the_user_wrote(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions and lists with their mistakes; rejected rows are a warning; a wrong setting is a problem."""
    project.write_questions("questions: {crm: {question: Which?, answer_type: bolean}}")
    project.write_list("accounts", ["acme.com", "not a domain"])
    (project.data / "domain_lists" / "broken.csv").write_text("")
    found = findings(1)
    assert "questions.yaml:1" in found["questions"]["found"]
    assert (found["list accounts"]["verdict"], found["list broken"]["verdict"]) == ("warning", "problem")
    assert "1 rows cannot be used" in found["list accounts"]["found"]
    monkeypatch.setenv("SABER_CONCURRENCY", "lots")
    assert "SABER_CONCURRENCY" in findings(1)["settings"]["found"]


def test_little_credit_and_no_reads_left_are_warnings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Collecting works without credits, and a busy key only makes runs slower: the exit code stays 0."""
    poor = replace(QUICK, credits=0, reads=RateLimit(per_minute=1, burst=1))
    with RunningSandbox(poor) as sandbox:
        enter(tmp_path / "poor", sandbox.base_url, monkeypatch)
        found = findings(0)
    assert found["credits"]["verdict"] == "warning"
    assert found["rate limit"]["found"] == "0 of 1 reads left"


@pytest.mark.slow
def test_a_program_that_holds_the_warehouse_is_named(project: Project) -> None:
    """Its process id is in the finding; a run of ours that is loading is no problem and is not waited for."""
    assert saber_pipeline("run", "-q", "crm", "--yes").exit_code == 0
    warehouse = project.data / "warehouse" / "warehouse.duckdb"
    code = f"import duckdb; con = duckdb.connect({str(warehouse)!r}); print('open', flush=True); input()"
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "open\n"
    held = findings(1)["warehouse"]
    holder.communicate("\n")
    assert f"PID {holder.pid}" in held["found"]
    with (project.data / "warehouse" / "warehouse.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "a run is loading" in findings(0)["warehouse"]["found"]
    assert findings(0)["warehouse"]["found"].startswith("no program holds it, and every block")


@pytest.mark.slow
def test_another_address_than_the_datas_is_a_problem(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both addresses are named before a run is refused for it."""
    assert saber_pipeline("run", "-q", "crm", "--yes").exit_code == 0
    bought_at = project.environment["SABER_BASE_URL"]
    assert findings(0)["ledger"]["found"] == f"belongs to {bought_at}"
    monkeypatch.setenv("SABER_BASE_URL", f"{bought_at}/other")
    found = findings(1)["ledger"]["found"]
    assert bought_at in found
    assert f"{bought_at}/other" in found


def test_an_instance_elsewhere_is_pointed_out(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """DAGSTER_HOME beats the folder's dagster.yaml: in the environment, and in .env still more."""
    home = project.folder.parent / "home"
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    looked = saber_pipeline("doctor")
    assert looked.exit_code == 0
    assert f"DAGSTER_HOME names {home}" in looked.stdout
    (project.folder / ".env").write_text(f"DAGSTER_HOME={home}2\n")
    in_file = saber_pipeline("doctor").stdout
    assert f"DAGSTER_HOME in .env names {home}2" in in_file
    assert "chmod 600 .env" in in_file


def test_a_damaged_instance_is_a_problem_and_no_traceback(project: Project) -> None:
    """doctor says which files to move away, and run stops with the same sentence before it buys anything."""
    assert findings(0)["instance"]["found"].endswith("0 runs, 0 lists known")
    for file in (project.folder / ".dagster").rglob("*.db"):
        file.write_bytes(b"this is no database" * 100)
    damaged = findings(1)["instance"]
    assert "not a database" in damaged["found"]
    assert "move them away" in damaged["found"]
    run = saber_pipeline("run", "--yes")
    assert (run.exit_code, "move them away" in run.stderr) == (1, True)


def test_a_folder_that_is_not_there_yet_is_measured_by_its_parent(tmp_path: Path) -> None:
    """The disk of a data directory to come is that of the folder it will be made in."""
    found = check_disk(tmp_path / "not" / "there")
    assert str(tmp_path) in found.found
    assert found.verdict in Verdict


def test_truth_and_reviews_are_looked_at_where_there_are_any(project: Project) -> None:
    """What of them cannot be used is a warning with its line; a run works all the same."""
    assert "truth and reviews" not in findings(0)
    (project.data / "reviews.csv").write_text("domain,question,value,when\nacme.com,crm,reject,2026-03-31\n")
    assert findings(0)["truth and reviews"]["verdict"] == "ok"
    (project.data / "truth").mkdir()
    (project.data / "truth" / "known.csv").write_text("domain,uses_salesforce\nacme.com,perhaps\n")
    told = findings(0)["truth and reviews"]
    assert told["verdict"] == "warning"
    assert "truth/known.csv, line 2, column uses_salesforce: found 'perhaps'" in told["found"]
