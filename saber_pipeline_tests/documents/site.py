"""The documents as a site, built as ``make docs`` builds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline_tests.documents.blocks import ROOT, succeed

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_SECONDS = 300


def built_site(folder: Path) -> Path:
    """The site's folder below ``folder``; a page with a broken link fails it."""
    succeed(["make", "docs", f"ARGS=build --site-dir {folder / 'site'}"], ROOT, timeout=PATIENCE_SECONDS)
    return folder / "site"
