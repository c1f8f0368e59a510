"""docs/growing.md: a project whose ledger goes into a database, is backed up, and comes back."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from saber_pipeline_tests.command_line.project import new_project
from saber_pipeline_tests.documents.blocks import blocks, run_block

if TYPE_CHECKING:
    from pathlib import Path

    from saber_pipeline.config.secrets import LedgerAddress
    from saber_pipeline.sandbox.sandbox_server import RunningSandbox

PAGE = "docs/growing.md"


@pytest.mark.skipif(shutil.which("pg_dump") is None, reason="pg_dump is not installed (Debian's package postgresql)")
@pytest.mark.slow
def test_there_and_back_as_the_page_says(tmp_path: Path, sandbox: RunningSandbox, new_address: LedgerAddress) -> None:
    """Each command of the page does what it says, and what was bought before is not bought again at either place."""
    project = new_project(tmp_path / "a project", sandbox.base_url)
    project.write_list("accounts", ["acme.com", "globex.com"])
    run = ("saber-pipeline", "run", "accounts", "--yes")
    assert project.run(*run).exit_code == 0
    bought = sandbox.books()["signals"]
    assert bought == 4
    in_database = {"SABER_LEDGER_URL": new_address.reveal()}
    there, back, back_up = (
        next(block for block in blocks(PAGE, "bash") if words in block.code)
        for words in ("move-ledger database", "move-ledger file", "pg_dump")
    )
    told = run_block(there, project.folder, project.shell_variables() | in_database)
    assert "Nothing was changed" in told
    assert "and compared" in told
    assert "which answers" in told
    assert project.run(*run).exit_code == 1  # with the ledger that was left
    assert project.run(*run, **in_database).exit_code == 0
    run_block(back_up, project.folder, project.shell_variables() | in_database)
    assert (project.folder / "backup" / "ledger.dump").stat().st_size > 0
    run_block(back, project.folder, project.shell_variables() | in_database)
    assert project.run(*run, **in_database).exit_code == 1
    assert project.run(*run).exit_code == 0
    assert sandbox.books()["signals"] == bought
