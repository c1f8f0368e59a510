"""Ctrl-C during ``saber-pipeline run``: nothing is lost, and it says how to go on."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import click
import pytest
from dagster import DagsterExecutionInterruptedError

from saber_pipeline.cli.exit_codes import Commands
from saber_pipeline.definitions import run_launcher
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.cli.conftest import QUICK, enter
from saber_pipeline_tests.cli.typed_commands import PATIENCE_SECONDS, saber_pipeline, start
from saber_pipeline_tests.command_line.project import Project
from saber_pipeline_tests.testbed.processes import Run


def read_until(process: Run, text: str) -> str:
    """What the process prints, up to the line with ``text``."""
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if text in line:
            return printed
    raise AssertionError(f"{text!r} was never printed:\n{printed}")


def test_ctrl_c_leaves_the_batch_running_and_the_next_run_collects_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 130 and the command that goes on; that one buys nothing again."""
    with RunningSandbox(replace(QUICK, processing_seconds=(600.0, 600.0))) as slow:
        project = enter(tmp_path / "slow", slow.base_url, monkeypatch)
        process = start(project, "run", "accounts", "-q", "crm", "--yes")
        read_until(process, "0 of 3 pairs done")
        process.send_signal(signal.SIGINT)
        time.sleep(0.01)  # a terminal's Ctrl-C is often followed by a second one
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=PATIENCE_SECONDS)[0]
        assert process.returncode == 130, rest
        assert "Traceback" not in rest
        assert "Saber continues what was bought; it is not bought again" in rest
        assert "Continue with: saber-pipeline run accounts -q crm" in rest
        assert slow.books()["signals"] == 3

        in_flight = saber_pipeline("status", "--json").json["in_flight"]
        assert in_flight == [{"list": "accounts", "question": "crm", "followed": 0, "left": 3}]
        slow.advance(700)
        on = saber_pipeline("run", "accounts", "-q", "crm")
        assert on.exit_code == 0, on.stderr
        assert slow.books()["signals"] == 3
        assert project.query("SELECT count(*) FROM latest_answers") == [(3,)]


def test_ctrl_c_before_the_first_purchase(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the run bought nothing, nothing is said to go on at Saber."""
    interrupted = run_launcher.LaunchResult("its-id", failure="Interrupted.", was_interrupted=True)
    monkeypatch.setattr(run_launcher, "launch_run", lambda *_, **__: interrupted)
    ended = saber_pipeline("run", "accounts", "-q", "crm", "--yes")
    assert ended.exit_code == 130
    assert "Interrupted. This run bought nothing. Continue with: saber-pipeline run accounts -q crm\n" in ended.stderr


@pytest.mark.parametrize("numbers", [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM,)], ids=["Ctrl-C", "SIGTERM"])
@pytest.mark.slow
def test_the_whole_terminal_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, numbers: tuple[signal.Signals, ...]
) -> None:
    """A signal that all processes of the terminal get shows one message and no traceback; status calls it so."""
    with RunningSandbox(replace(QUICK, processing_seconds=(600.0, 600.0))) as slow:
        project = enter(tmp_path / "terminal", slow.base_url, monkeypatch)
        process = start(project, "run", "accounts", "-q", "crm", "--yes")
        read_until(process, "0 of 3 pairs done")
        for number in numbers:
            os.killpg(process.pid, number)
            time.sleep(0.01)
        rest = process.communicate(timeout=PATIENCE_SECONDS)[0]
        assert process.returncode == 130, rest
        assert "Traceback" not in rest
        assert "KeyboardInterrupt" not in rest
        assert rest.count("Continue with: saber-pipeline run accounts -q crm") == 1
        assert saber_pipeline("status", "--json").json["runs"][0]["status"] == "interrupted"


@pytest.mark.slow
def test_going_on_names_only_what_is_not_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted in its second run, a forced command must not force the lists of its first one again."""
    with RunningSandbox(replace(QUICK, processing_seconds=(600.0, 600.0))) as slow:
        project = enter(tmp_path / "parts", slow.base_url, monkeypatch)
        project.write_list("middle", ["umbrella.com"])
        project.write_list("prospects", ["hooli.com"])
        process = start(project, "run", "accounts", "prospects", "-q", "crm", "--yes", "--force-refresh")
        read_until(process, "0 of 3 pairs done")
        slow.advance(700)
        read_until(process, "0 of 1 pairs done")
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=PATIENCE_SECONDS)[0]
        assert process.returncode == 130, rest
        assert "Collect it with: saber-pipeline run prospects -q crm --collect-only. Forced again, what has" in rest
        assert "Continue with: saber-pipeline run prospects -q crm --force-refresh\n" in rest
        slow.advance(700)
        on = saber_pipeline("run", "prospects", "-q", "crm", "--force-refresh", "--yes")
        assert on.exit_code == 0, on.stderr
        assert slow.books()["signals"] == 4


@pytest.mark.slow
def test_two_runs_at_once_in_a_new_folder_buy_each_pair_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The instance is made once, the claims are exclusive, and both runs end well."""
    with RunningSandbox(QUICK) as sandbox:
        project = enter(tmp_path / "shared", sandbox.base_url, monkeypatch)
        shutil.rmtree(project.folder / ".dagster")
        processes = [start(project, "run", "--yes") for _ in range(2)]
        ends = [(process.communicate(timeout=PATIENCE_SECONDS)[0], process.returncode) for process in processes]
        assert [code for _, code in ends] == [0, 0], ends
        assert sandbox.books()["signals"] == 8
        assert sandbox.books()["unforced_repeats"] == 0


def test_an_interrupt_in_a_destructor_shows_no_traceback() -> None:
    """Python loses an interrupt there and says so with a traceback; other errors there are still shown."""

    class Falling:
        def __init__(self, error: type[BaseException]) -> None:
            self.error = error

        def __del__(self) -> None:
            raise self.error

    @click.command()
    def fall() -> None:
        Falling(KeyboardInterrupt)
        Falling(DagsterExecutionInterruptedError)
        Falling(LookupError)

    shown = []
    before, sys.unraisablehook = sys.unraisablehook, lambda unraisable: shown.append(unraisable.exc_type)
    try:
        Commands(commands={"fall": fall}).main(["fall"], standalone_mode=False)
    finally:
        sys.unraisablehook = before
    assert shown == [LookupError]
