"""``saber-pipeline sandbox`` as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_SECONDS = 240
ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-c", "from saber_pipeline.cli import main; main()", "sandbox"]
HEADERS = {"Authorization": "Bearer sk_sandbox_local"}


@contextmanager
def running(ready_file: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its base URL."""
    ready_file.unlink(missing_ok=True)
    process = subprocess.Popen(
        [*COMMAND, "--ready-file", str(ready_file), *options],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
    )
    try:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not ready_file.exists() and process.poll() is None and time.monotonic() < give_up:
            time.sleep(0.02)
        yield process, ready_file.read_text()
    finally:
        process.kill()
        process.communicate()


def _page(base_url: str) -> dict[str, object]:
    reply = httpx.get(f"{base_url}/v1/companies/signals", headers=HEADERS, trust_env=False)
    body: dict[str, object] = reply.raise_for_status().json()
    return body


@pytest.mark.slow
def test_killed_sandbox_keeps_what_it_replied(tmp_path: Path) -> None:
    """After ``kill -9`` a sandbox on the same state file knows every purchase it had confirmed."""
    options = ("--port", "0", "--state", str(tmp_path / "state"), "--credits", "500", "--seconds", "600")
    batch = {
        "signals": [{"question": "Who?"}],
        "domains": [f"d{i}.com" for i in range(300)],
        "async": True,
    }
    with running(tmp_path / "ready", *options) as (process, base_url):
        url = f"{base_url}/v1/companies/signals/batch"
        assert httpx.post(url, json=batch, headers=HEADERS, trust_env=False).status_code == 202
        process.send_signal(signal.SIGKILL)
        process.wait()
    with running(tmp_path / "ready", *options) as (_, base_url):
        assert httpx.post(f"{base_url}/_sandbox/clock", json={"advance_seconds": 30}, trust_env=False).is_success
        assert _page(base_url)["total"] == 300
        balance = httpx.get(f"{base_url}/v1/credits", headers=HEADERS, trust_env=False).json()
        assert balance == {"remainingCredits": 200}


def test_prints_what_to_export(tmp_path: Path) -> None:
    """The two lines printed are the settings with which the pipeline reaches this sandbox."""
    with running(tmp_path / "ready", "--port", "0") as (process, base_url):
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(2)]
        assert lines == [f"export SABER_BASE_URL={base_url}", "export SABER_API_KEY=sk_sandbox_local"]
        assert base_url.startswith("http://127.0.0.1:")
        assert _page(base_url)["total"] == 0


def test_taken_port_is_one_clear_sentence(tmp_path: Path) -> None:
    """A port in use ends the command with a message that says what to do, no traceback."""
    with running(tmp_path / "ready", "--port", "0") as (_, base_url):
        port = base_url.rsplit(":", 1)[1]
        second = subprocess.run(
            [*COMMAND, "--port", port],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            check=False,
        )
    assert second.returncode == 1
    assert f"cannot start on port {port}" in second.stderr
    assert "--port 0" in second.stderr
    assert "Traceback" not in second.stderr


def test_command_line_imports_lightly() -> None:
    """Importing the command line loads neither Dagster nor pandas nor the server."""
    code = (
        "import sys, saber_pipeline.cli; print(sorted({'dagster', 'pandas', 'duckdb', 'starlette'} & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert shown.stdout.strip() == "[]"
