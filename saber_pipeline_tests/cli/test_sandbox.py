"""``saber-pipeline sandbox`` beside a project: what stopping and starting it again means."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx

from saber_pipeline_tests.cli.typed_commands import start
from saber_pipeline_tests.command_line.project import Project
from saber_pipeline_tests.sandbox.test_command import HEADERS, PATIENCE_SECONDS, running


def test_a_sandbox_that_forgot_gives_no_id_out_again(tmp_path: Path) -> None:
    """Started anew without its state, it answers alike under other ids: a project's older signals stay apart."""
    seen = []
    for _ in range(2):
        with running(tmp_path / "ready", "--port", "0") as (_, base_url):
            body = {"signals": [{"question": "Who?"}], "domains": ["acme.com"]}
            batch = httpx.post(
                f"{base_url}/v1/companies/signals/batch", json=body, headers=HEADERS, trust_env=False
            ).raise_for_status()
            seen += [result["id"] for result in batch.json()["results"]]
    assert len(set(seen)) == 2


def test_ctrl_c_ends_it_well_and_says_what_became_of_its_state(tmp_path: Path) -> None:
    """Exit code 0, and a sentence about the state, once it serves."""
    here = Project(tmp_path)
    for options, sentence in (((), "its state is gone"), (("--state", "kept"), "its state is kept in kept")):
        process = start(here, "sandbox", "--port", "0", *options)
        assert process.stdout is not None
        base_url = process.stdout.readline().strip().removeprefix("export SABER_BASE_URL=")
        assert httpx.get(
            f"{base_url}/v1/credits", headers=HEADERS, trust_env=False, timeout=PATIENCE_SECONDS
        ).is_success
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=PATIENCE_SECONDS)[0]
        assert process.returncode == 0, rest
        assert sentence in rest
