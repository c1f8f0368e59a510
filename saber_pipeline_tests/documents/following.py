"""Following a document as its reader: its blocks in order, in a copy of the project, against a sandbox."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from saber_pipeline_tests.command_line.project import Project, environment
from saber_pipeline_tests.documents.blocks import ROOT, blocks, carry_out

if TYPE_CHECKING:
    from saber_pipeline.sandbox.running import RunningSandbox

COPIED = (
    ".env.example",
    "dagster.yaml",
    "workspace.yaml",
    "data/questions.yaml",
    "data/domain_lists/sample_accounts.csv",
    "data/domain_lists/sample_prospects.csv",
)


def follow(document: str, folder: Path, sandbox: RunningSandbox, *, questions: str | None = None) -> list[str]:
    """Run every block of ``document`` in ``folder``; returns what the commands printed. A query must have rows.

    ``questions`` replace the samples.
    """
    for name in COPIED:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    if questions is not None:
        (folder / "data" / "questions.yaml").write_text(questions, encoding="utf-8")
    project = Project(folder, environment(sandbox.base_url) | {"SABER_API_KEY": sandbox.key})
    variables = project.shell_variables()
    return [carry_out(block, folder, variables) for block in blocks(document, "bash", "sql")]
