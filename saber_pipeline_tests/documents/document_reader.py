"""Following a document as its reader: its blocks in order, in a copy of the project, against a sandbox."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from saber_pipeline.demo.workspace import STARTER
from saber_pipeline_tests.command_line.project import Project, environment
from saber_pipeline_tests.documents.blocks import ROOT, blocks, run_block

if TYPE_CHECKING:
    from collections.abc import Callable

    from saber_pipeline.sandbox.sandbox_server import RunningSandbox

COPIED = (
    ".env.example",
    "dagster.yaml",
    "workspace.yaml",
    "data/questions.yaml",
)


def follow(
    document: str,
    folder: Path,
    sandbox: RunningSandbox,
    *,
    questions: str | None = None,
    before_the_last: Callable[[], None] = lambda: None,
) -> list[str]:
    """Run every block of ``document`` in ``folder``; returns what the commands printed. A query must have rows.

    ``questions`` replace the samples; ``before_the_last`` block a test may wait for something.
    """
    lists = folder / "data" / "domain_lists"
    lists.mkdir(parents=True, exist_ok=True)
    (lists / "sample_accounts.csv").write_bytes((STARTER / "sample_accounts.csv").read_bytes())  # init --with-samples
    for name in COPIED:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    if questions is not None:
        (folder / "data" / "questions.yaml").write_text(questions, encoding="utf-8")
    project = Project(folder, environment(sandbox.base_url) | {"SABER_API_KEY": sandbox.key})
    variables = project.shell_variables()
    *first, last = blocks(document, "bash", "sql")
    printed = [run_block(block, folder, variables) for block in first]
    before_the_last()
    return [*printed, run_block(last, folder, variables)]
