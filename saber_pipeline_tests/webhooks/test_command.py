"""``saber-pipeline webhooks`` says what is missing before it listens."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from saber_pipeline.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty project with a key."""
    monkeypatch.chdir(tmp_path)
    for name in ("SABER_WEBHOOK_URL", "SABER_WEBHOOK_SECRET", "SABER_DATA_DIR", "SABER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SABER_API_KEY", "sk_test_0000")


def test_without_a_secret(here: None) -> None:
    """It does not start where anybody could wake it."""
    ended = CliRunner().invoke(main, ["webhooks"])
    assert ended.exit_code == 1
    assert "SABER_WEBHOOK_SECRET is not set" in ended.output


def test_a_port_in_use(here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that is taken is an error that names it, and never shows the secret."""
    monkeypatch.setenv("SABER_WEBHOOK_SECRET", "whsec_never_shown")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = CliRunner().invoke(main, ["webhooks", "--port", str(port)])
    assert ended.exit_code == 1
    assert f"port {port}" in ended.output
    assert "whsec_never_shown" not in ended.output
