"""docs/command-line.md: its commands work, in order, and its tables say what the commands do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from saber_pipeline.cli import main
from saber_pipeline.cli.run_command import run
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline_tests.cli.typed_commands import saber_pipeline
from saber_pipeline_tests.command_line.project import ROOT, Project
from saber_pipeline_tests.documents.blocks import blocks, run_block
from saber_pipeline_tests.testbed import warm

PAGE = "docs/command-line.md"


@pytest.mark.slow
@pytest.mark.parametrize("is_warm", [warm.IS_POSSIBLE, False], ids=["", "begun"])
def test_every_command_of_the_page_works_in_its_order(
    tmp_path: Path, sandbox: RunningSandbox, *, is_warm: bool
) -> None:
    """Typed from top to bottom in an empty folder, with the settings put into .env as the page says."""
    folder = tmp_path / "an empty folder"
    folder.mkdir()
    environment = Project(folder, is_warm=is_warm).shell_variables()
    first, *others = blocks(PAGE, "bash")
    run_block(first, folder, environment)
    with (folder / ".env").open("a") as settings:
        settings.write(f"SABER_API_KEY={sandbox.key}\nSABER_BASE_URL={sandbox.base_url}\n")
        settings.write("SABER_COLLECT_LAG_SECONDS=1\n")
    for block in others:
        run_block(block, folder, environment)
    assert sandbox.books()["signals"] == 2 * 33 + 1  # the samples, and the company of the list that is added
    assert sandbox.books()["unforced_repeats"] == 0
    assert {"answers.csv", "answers.json", "answers.parquet"} <= {path.name for path in folder.iterdir()}


def test_the_page_names_every_command_option_and_exit_code() -> None:
    """Nothing that --help shows is missing from the page's tables."""
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    for name in main.commands:
        assert re.search(rf"^\| `{name}\b", page, re.MULTILINE), name
    for option in run.params:
        spelling = max(option.opts, key=len) if option.opts[0].startswith("-") else "LIST..."
        assert re.search(rf"^\| .*`.*{re.escape(spelling)}\b|`{re.escape(spelling)}`", page, re.MULTILINE), spelling
    for code in re.findall(r"^ +(\d+)  ", saber_pipeline("--help").stdout, re.MULTILINE):
        assert re.search(rf"^\| {code} \|", page, re.MULTILINE), code
