"""Following a document as its reader: its blocks in order, in a copy of the project, against a sandbox."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from saber_pipeline_tests.documents.blocks import ROOT, Block, blocks

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
COMMAND_SECONDS = 180


def follow(document: str, folder: Path, sandbox: RunningSandbox) -> list[str]:
    """Run every block of ``document`` in ``folder``; returns what the commands printed. A query must have rows."""
    for name in COPIED:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SABER_", "DAGSTER_"))}
    environment = kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "SABER_API_KEY": sandbox.key,
        "SABER_BASE_URL": sandbox.base_url,
        "SABER_COLLECT_LAG_SECONDS": "1",  # the default of 30 seconds is right for the API, and slow here
    }
    return [_do(block, folder, environment) for block in blocks(document, "bash", "sql")]


def _do(block: Block, folder: Path, environment: dict[str, str]) -> str:
    if block.language == "sql":
        with duckdb.connect(str(folder / "data" / "answers.duckdb"), read_only=True) as con:
            rows = con.execute(block.code).fetchall()
        assert rows, f"{block}: no rows"
        return repr(rows)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{block}:\n{block.code}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr
