"""``saber-pipeline sandbox`` beside a project: what stopping and starting it again means."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx

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
    """Exit code 0, and a sentence about the state."""
    with running(tmp_path / "ready", "--port", "0", "--state", str(tmp_path / "state")) as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 0
