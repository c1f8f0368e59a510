"""The README's commands work, in order, as a reader types them, in a copy of the project and against the sandbox."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline_tests.documents.blocks import ROOT, blocks, first_screen_query, run_block

README = "README.md"
COPIED = (README, ".env.example", ".gitignore", "dagster.yaml", "workspace.yaml")
DATA = ("data/questions.yaml", "data/domain_lists/.gitkeep", "data/contact_lists/.gitkeep")

NOT_RUN_HERE = {
    "pip install -c constraints.txt .": "test_installing.py does it, in an environment of its own",
    "make demo": "it would install the project once more; test_demo.py runs what it starts",
    first_screen_query().query.code.strip(): "test_demo.py compares its result on the demo's answers",
    "make dev": "it serves until Ctrl-C; the tests of the UI start the same command",
}


def the_copy(folder: Path) -> Path:
    """What a fresh clone holds, as far as the commands need it, with this environment as its ``.venv``."""
    for name in (*COPIED, *DATA):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


@pytest.mark.slow
def test_every_block_of_the_readme_works(tmp_path: Path) -> None:
    """A reader who types every block of the README from top to bottom sees no error, and each query has rows."""
    folder = the_copy(tmp_path / "a clone")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SABER_", "DAGSTER_"))}
    quick = SandboxSettings(processing_seconds=(0.1, 0.5), creation_spread_seconds=0.1)
    with RunningSandbox(quick) as sandbox:
        environment = kept | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "SABER_API_KEY": sandbox.key,
            "SABER_BASE_URL": sandbox.base_url,
            "SABER_COLLECT_LAG_SECONDS": "1",  # the default of 30 seconds is right for the API, and slow here
        }
        for block in blocks(README, "bash", "python", "sql"):
            if block.code.strip() not in NOT_RUN_HERE:
                run_block(block, folder, environment)
        books = sandbox.books()

    # Everything for three companies; two questions for two more; one question forced for the three.
    assert books["unforced_repeats"] == 0
    assert books["repeated_pairs"] == 3
    assert books["signals"] == 3 * 14 + 2 * 2 + 3


def test_no_block_is_left_out_without_need() -> None:
    """Each command that is not run here is still in the README."""
    assert set(NOT_RUN_HERE) <= {block.code.strip() for block in blocks(README)}


def test_every_kind_of_block_can_be_run() -> None:
    """A block in a language that this file cannot run would go untested."""
    assert {block.language for block in blocks(README)} <= {"bash", "python", "sql", "text"}
    assert len(blocks(README, "text")) == 1  # the result that is compared


@pytest.mark.parametrize("target", ["demo", "test", "test-all", "test-oldest", "dev", "bench", "lint", "pictures"])
def test_make_explains_its_targets(target: str) -> None:
    """``make`` alone lists every target that the README and CONTRACT name."""
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.search(rf"^ +{target} +\S", listed, re.MULTILINE)
