"""``saber-pipeline move-ledger`` as somebody types it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saber_pipeline_tests.cli.typed_commands import saber_pipeline

if TYPE_CHECKING:
    from saber_pipeline.config.secrets import LedgerAddress
    from saber_pipeline_tests.command_line.project import Project


@pytest.mark.slow
def test_there_and_back(project: Project, new_address: LedgerAddress, monkeypatch: pytest.MonkeyPatch) -> None:
    """It tells what it moves from where to where, and which setting to change; its address shows no password."""
    assert saber_pipeline("run", "accounts", "--yes").exit_code == 0
    refused = saber_pipeline("move-ledger", "database")
    assert (refused.exit_code, "SABER_LEDGER_URL is not set" in refused.stderr) == (1, True)
    secret = new_address.reveal().replace("saber@", "saber:hunter2x@")
    monkeypatch.setenv("SABER_LEDGER_URL", secret)
    dry = saber_pipeline("move-ledger", "database", "--dry-run")
    assert (dry.exit_code, "Nothing was changed" in dry.stdout) == (0, True)
    moved = saber_pipeline("move-ledger", "database")
    assert moved.exit_code == 0
    assert moved.stdout.splitlines()[:3] == dry.stdout.splitlines()[:3]
    assert f"data/ledger/ledger.sqlite to {new_address}, and compared." in moved.stdout
    again = saber_pipeline("move-ledger", "database")
    assert (again.exit_code, "already" in again.stderr) == (1, True)
    assert saber_pipeline("run", "accounts", "--yes").exit_code == 0
    back = saber_pipeline("move-ledger", "file")
    assert (back.exit_code, "Remove SABER_LEDGER_URL" in back.stdout) == (0, True)
    assert saber_pipeline("run", "accounts", "--yes").exit_code == 1
    monkeypatch.delenv("SABER_LEDGER_URL")
    assert saber_pipeline("run", "accounts", "--yes").exit_code == 0
    for typed in (dry, moved, again, back):
        assert "hunter2x" not in typed.stdout + typed.stderr
