"""Following a document as its reader: its blocks in order, in a copy of the project, against a sandbox."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

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
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SABER_", "DAGSTER_"))}
    environment = kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "SABER_API_KEY": sandbox.key,
        "SABER_BASE_URL": sandbox.base_url,
        "SABER_COLLECT_LAG_SECONDS": "1",  # the default of 30 seconds is right for the API, and slow here
    }
    return [carry_out(block, folder, environment) for block in blocks(document, "bash", "sql")]
