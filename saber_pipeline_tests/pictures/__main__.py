"""``make pictures``: the pictures of README and ``docs/``, made from the running product.

``ARGS="flow demo pages"`` names those to make; without it all of them are.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from PIL import Image

from saber_pipeline_tests.documents.blocks import ROOT
from saber_pipeline_tests.pictures.flow import flow_picture
from saber_pipeline_tests.pictures.terminal import played, record

TAKEN = ROOT / "screenshots"
KEPT = ROOT / "docs" / "pictures"
TAKEN_BY = ("test_dagster_ui.py", "test_report.py::test_it_reads_well")
NAMES = {
    "asset": "asset",
    "run": "run",
    "partition": "partition",
    "lineage": "lineage",
    "report_desk_light": "report",
}
COLOURS = 256  # enough for such pages, and half of the bytes


def flow() -> None:
    """The way from a list to a query."""
    _keep_text("flow.svg", flow_picture())


def demo() -> None:
    """``make demo`` in a new folder: what it starts is run, without installing anything once more."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "data").mkdir()
        shutil.copyfile(ROOT / "data" / "questions.yaml", folder / "data" / "questions.yaml")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SABER_", "DAGSTER_"))}
        lines = record([sys.executable, "-m", "saber_pipeline.demo"], folder, kept)
    _keep_text("demo.svg", played("make demo", lines))


def pages() -> None:
    """Dagster's pages and the report, as the tests of them see them."""
    tests = [str(ROOT / "saber_pipeline_tests" / "browser" / name) for name in TAKEN_BY]
    failed = pytest.main(["-q", "-n0", *tests])
    if failed:
        sys.exit(int(failed))
    for taken, kept in NAMES.items():
        target = KEPT / f"{kept}.png"
        with Image.open(TAKEN / f"{taken}.png") as picture:
            picture.convert("RGB").quantize(COLOURS).save(target, optimize=True)
        _print_file(target)


def _keep_text(name: str, text: str) -> None:
    (KEPT / name).write_text(text, encoding="utf-8")
    _print_file(KEPT / name)


def _print_file(made: Path) -> None:
    print(f"{made.relative_to(ROOT)}: {made.stat().st_size:,} bytes")


def main() -> None:
    """Make the pictures that were named."""
    made = {"flow": flow, "demo": demo, "pages": pages}
    KEPT.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or made:
        made[name]()


if __name__ == "__main__":
    main()
