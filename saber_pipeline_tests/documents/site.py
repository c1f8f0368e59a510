"""The documents as a site, built as ``make docs`` builds it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from saber_pipeline_tests.documents.blocks import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_SECONDS = 300


def built_site(folder: Path) -> Path:
    """The site's folder below ``folder``; a page with a broken link fails it."""
    made = subprocess.run(
        ["make", "docs", f"ARGS=build --site-dir {folder / 'site'}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return folder / "site"
