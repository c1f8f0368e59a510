"""Documents lead to each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from saber_pipeline_tests.documents.blocks import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("changelog.d/*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)#:]+)(?:#(?P<heading>[\w-]+))?\)")


def headings(text: str) -> set[str]:
    """The anchors of a page, as readers of Markdown make them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """A link to a file of the project names one that is there, and a heading that it has."""
    text = page.read_text("utf-8")
    for link in LINK.finditer(text):
        target = (page.parent / link["target"]).resolve()
        assert target.exists(), link[0]
        if link["heading"]:
            assert link["heading"] in headings(target.read_text("utf-8")), link[0]


def test_every_page_is_linked() -> None:
    """A page of docs/ can be reached from the README, and a decision from the list of decisions."""
    readme, decisions = ((ROOT / name).read_text("utf-8") for name in ("README.md", "docs/decisions/README.md"))
    assert [page.name for page in ROOT.glob("docs/*.md") if f"(docs/{page.name})" not in readme] == []
    records = [page.name for page in ROOT.glob("docs/decisions/0*.md")]
    assert [name for name in records if f"({name})" not in decisions] == []
