"""notebooks/answers.ipynb runs from top to bottom on answers to the sample questions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from saber_pipeline_tests.documents.blocks import ROOT

NOTEBOOK = ROOT / "notebooks" / "answers.ipynb"
PATIENCE_SECONDS = 120
HAS_JUPYTER = find_spec("nbclient") is not None and find_spec("ipykernel") is not None


def cells() -> list[str]:
    """The code, cell by cell."""
    return [
        "".join(cell["source"]) for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"
    ]


def run(code: str, answers: Path, **surroundings: str) -> str:
    """Run Python in the notebook's folder, with the answers as its data."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=NOTEBOOK.parent,
        env=os.environ | surroundings | {"SABER_DATA_DIR": str(answers.parent)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_every_cell_runs_and_draws(answers: Path) -> None:
    """As plain Python, which takes no Jupyter, every cell runs, and each picture has something in it."""
    counting = (
        "\nimport matplotlib.pyplot as plt\n"
        "drawn = [bool(axes.patches or axes.lines or axes.collections) for n in plt.get_fignums()\n"
        "         for axes in plt.figure(n).axes if axes.axison]\n"
        "print(len(accounts), len(drawn), all(drawn))\n"
    )
    companies, pictures, all_drawn = run("\n".join(cells()) + counting, answers, MPLBACKEND="agg").split()
    assert companies == "41"
    assert int(pictures) >= 5
    assert all_drawn == "True"


@pytest.mark.skipif(not HAS_JUPYTER, reason="the extra `notebook` is not installed: pip install -e '.[notebook]'")
def test_jupyter_runs_it(answers: Path) -> None:
    """In a Jupyter kernel, as a reader of the notebook runs it, no cell ends in an error and pictures are shown."""
    code = (
        "import nbclient, nbformat\n"
        f"notebook = nbformat.read({str(NOTEBOOK)!r}, as_version=4)\n"
        "nbclient.NotebookClient(notebook, kernel_name='python3').execute()\n"
        "print(sum('image/png' in output.get('data', {}) for cell in notebook.cells if cell.cell_type == 'code'\n"
        "          for output in cell.outputs))\n"
    )
    assert int(run(code, answers)) >= 4


def test_the_notebook_is_kept_without_its_output() -> None:
    """Nothing that one person's run showed is in the repository: it may be somebody's data."""
    for cell in json.loads(NOTEBOOK.read_text())["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
