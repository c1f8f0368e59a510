"""``make pictures``: the pictures of README and ``docs/``, made from the running product by the tests of its pages."""

from __future__ import annotations

import sys

import pytest
from PIL import Image

from saber_pipeline_tests.documents.blocks import ROOT

TAKEN = ROOT / "screenshots"
KEPT = ROOT / "docs" / "pictures"
NAMES = {
    "asset": "asset",
    "run": "run",
    "partition": "partition",
    "lineage": "lineage",
    "report_desk_light": "report",
}
COLOURS = 256  # enough for such pages, and half of the bytes


def main() -> int:
    """Run the tests, which take the pictures, and keep the documents' ones. Returns the exit code."""
    failed = pytest.main(["-q", "-n0", str(ROOT / "saber_pipeline_tests" / "browser")])
    if failed:
        return int(failed)
    KEPT.mkdir(parents=True, exist_ok=True)
    for taken, kept in NAMES.items():
        target = KEPT / f"{kept}.png"
        with Image.open(TAKEN / f"{taken}.png") as picture:
            picture.convert("RGB").quantize(COLOURS).save(target, optimize=True)
        print(f"{target.relative_to(ROOT)}: {target.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
