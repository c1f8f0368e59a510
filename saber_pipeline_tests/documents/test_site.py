"""``make docs``: the documents as a site."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from saber_pipeline_tests.documents.blocks import ROOT
from saber_pipeline_tests.documents.site import built_site

NAVIGATION = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[2]


def test_every_page_stands_in_the_navigation() -> None:
    """A page of docs/ is found from the site's menu, and the menu names no page that is gone."""
    named = set(re.findall(r"- ([\w/-]+\.md)$", NAVIGATION, re.MULTILINE))
    assert named == {*(page.name for page in (ROOT / "docs").glob("*.md")), "decisions/README.md"}


@pytest.mark.slow
def test_the_site_is_built_and_calls_nobody(tmp_path: Path) -> None:
    """No link is broken, the reference has our docstrings, and no page loads anything from elsewhere."""
    site = built_site(tmp_path)
    pages = [page.read_text("utf-8") for page in site.rglob("*.html")]
    loaded = [
        found
        for page in pages
        for found in re.findall(r"<(?:script|img|link|iframe)[^>]*(?:src|href)=\"http[^\"]*", page)
    ]
    assert [found for found in loaded if 'rel="canonical"' not in found] == []
    assert any("the prefix of every asset key" in page for page in pages)
    assert (site / "search" / "search_index.json").is_file()
