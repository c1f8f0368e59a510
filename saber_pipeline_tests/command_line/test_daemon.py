"""The sensors in Dagster's real daemon, from a refusal or a kill to the answers."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline_tests.command_line.daemon import daemon, skips, switch_on, the_one_run, until
from saber_pipeline_tests.command_line.project import BIN, Project
from saber_pipeline_tests.testbed import warm

MATERIALIZE = "asset materialize -m saber_pipeline.definitions --select group:answers --partition accounts"


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """A sandbox with 3 credits, that takes a moment for a signal."""
    settings = SandboxSettings(credits=3, processing_seconds=(3.0, 3.5), not_known_share=0.0, failed_share=0.0)
    with RunningSandbox(settings) as running:
        yield running


@pytest.fixture
def here(ready: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The project with its lists registered: three domains and two questions."""
    monkeypatch.chdir(ready.folder)
    return ready


@pytest.mark.slow
def test_a_top_up_starts_what_was_refused(here: Project, sandbox: RunningSandbox) -> None:
    """With credits for half of the work nothing is spent; the sensor waits, and starts it after the top-up."""
    refused = here.materialize("group:answers", "accounts")
    assert refused.exit_code != 0
    assert "Not enough credits: 6 needed for 6 pairs, 3 available" in refused.failure
    assert "Nothing was spent" in refused.failure
    switch_on(here, "credits")
    with daemon(here) as instance:
        until(lambda: bool(skips(instance, "credits")), "a first look at the credits")
        assert "accounts waits for 6 credits" in skips(instance, "credits")[0]
        assert sandbox.books()["signals"] == 0
        sandbox.set_credits(6)
        run = the_one_run(instance, **{"dagster/sensor_name": "credits"})
    assert run.status is dg.DagsterRunStatus.SUCCESS
    books = sandbox.books()
    assert (books["signals"], books["remaining_credits"]) == (6, 0)
    assert here.query("SELECT count(*) FROM latest_answers") == [(6,)]


@pytest.mark.slow
def test_what_a_killed_run_bought_is_collected(here: Project, sandbox: RunningSandbox) -> None:
    """After kill -9 while it follows its batch, the sensor's run brings the answers and buys none of them again."""
    sandbox.set_credits(100)
    with Path(os.devnull).open("wb") as nowhere:
        command = [str(BIN / "dagster"), *MATERIALIZE.split()]
        process = warm.start(command, here.folder, here.variables(), nowhere)
    try:
        until(lambda: any("GET /v1/companies/signals" in r for r in sandbox.books()["requests"]), "a look for answers")
        assert sandbox.books()["signals"] == 6
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    switch_on(here, "in_flight")
    with daemon(here) as instance:
        run = the_one_run(instance, **{"saber/collect_only": "true"})
    assert run.status is dg.DagsterRunStatus.SUCCESS
    assert run.tags["dagster/partition"] == "accounts"
    books = sandbox.books()
    assert (books["signals"], books["remaining_credits"]) == (6, 94)
    assert here.query("SELECT count(*) FROM latest_answers") == [(6,)]
    assert here.query("SELECT state, count(*) FROM batches GROUP BY state") == [("collected", 1)]
