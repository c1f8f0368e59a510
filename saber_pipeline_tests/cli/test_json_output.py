"""``--json``: stdout is one JSON value, also where a command fails."""

from __future__ import annotations

import errno
from dataclasses import replace
from pathlib import Path

import pytest

from saber_pipeline.cli import json_output
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.cli.conftest import QUICK, enter
from saber_pipeline_tests.cli.typed_commands import saber_pipeline
from saber_pipeline_tests.command_line.project import Project


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (["lists", "nobody"], 1, "nobody"),
        (["plan", "nobody"], 1, "nobody"),
        (["answers", "accounts"], 1, "nothing was asked"),
        (["report"], 1, "Nothing was spent"),
        (["status", "--nosuch"], 2, "No such option"),
        (["--nosuch", "status"], 2, "No such option"),
        (["run", "--sample", "0"], 2, "--sample"),
        (["run", "--yes", "--max-credits", "1"], 3, "8 credits, more than --max-credits 1"),
        (["run"], 4, "--yes"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_an_error_is_json_too(project: Project, words: list[str], exit_code: int, said: str) -> None:
    """A script that reads stdout finds the sentence that a person reads on stderr, and the exit code."""
    failed = saber_pipeline(*words, "--json")
    assert (failed.exit_code, failed.json["exit_code"]) == (exit_code, exit_code)
    assert set(failed.json) == {"error", "exit_code"}
    assert said in failed.json["error"]
    assert said in " ".join(failed.stderr.split())
    assert said not in saber_pipeline(*words).stdout


def test_stdout_that_takes_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where stdout is a full disk or a closed pipe, stderr and the exit code still tell why the command failed."""

    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(json_output, "_echo", full)
    failed = saber_pipeline("run", "--yes", "--max-credits", "1", "--json")
    assert (failed.exit_code, failed.stdout) == (3, "")
    assert "8 credits, more than --max-credits 1" in " ".join(failed.stderr.split())


def test_a_result_that_is_printed_stays_alone(
    project: Project, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan or lists with what is wrong are the result of a command that fails after it; no second value follows."""
    (project.folder / "data" / "domain_lists" / "page.csv").write_text("<!DOCTYPE html>\n")
    lists = saber_pipeline("lists", "--json")
    assert (lists.exit_code, len(lists.json["lists"])) == (1, 3)
    (project.folder / "data" / "domain_lists" / "page.csv").unlink()
    monkeypatch.setenv("SABER_API_KEY", "not_a_key_of_theirs")
    plan = saber_pipeline("plan", "--json")
    assert (plan.exit_code, plan.json["credits"]) == (1, 8)


def test_a_report_is_interrupted_while_the_browser_opens(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report is written and told; the interruption is told on stderr and by the exit code alone."""
    assert saber_pipeline("run", "accounts", "-q", "crm", "--yes").exit_code == 0

    def interrupted(_: str) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr("webbrowser.open", interrupted)
    opened = saber_pipeline("report", "--open", "--json")
    assert (opened.exit_code, Path(opened.json["report"]).is_file()) == (130, True)
    assert "Interrupted." in opened.stderr


def test_a_run_that_fails_tells_the_runs_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The API asks twice the configured price: the first list uses up the credits, the second is refused."""
    with RunningSandbox(replace(QUICK, credits=7, credits_per_signal=2)) as dear:
        project = enter(tmp_path / "dear", dear.base_url, monkeypatch)
        project.write_list("middle", ["umbrella.com"])  # so that the two lists are no neighbours
        failed = saber_pipeline("run", "accounts", "prospects", "-q", "crm", "--yes", "--json")
    assert failed.exit_code == 3, failed.stderr
    (done,) = failed.json["runs"]
    assert done["signals_bought"] == 3
    assert failed.json["failed_run"] not in {None, done["run_id"]}
    assert "credits" in failed.json["error"]
