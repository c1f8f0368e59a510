"""The map of the code in CONTRIBUTING.md leads to what is there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAP = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("## A map of the code")[1].split("\n## ")[0]
PACKAGE = ROOT / "saber_pipeline"


def test_every_place_on_the_map_exists() -> None:
    """Each path is there, and a bare name beside it stands in the same folder."""
    for row in re.findall(r"^\| [^|]+ \| (`[^|]+) \|$", MAP, re.MULTILINE):
        folder = ROOT
        for place in re.findall(r"`([^`]+)`", row):
            whole = ROOT / place
            if place.startswith(("saber_pipeline/", "saber_pipeline_tests/", "torture/")):
                folder = whole if place.endswith("/") else whole.parent
            else:
                whole = folder / place
            assert "<" in place or list(whole.parent.glob(whole.name)), place


def test_every_folder_of_the_package_is_on_the_map() -> None:
    """A new part of the package says where to begin reading it."""
    folders = {path.parent.relative_to(PACKAGE).parts[0] for path in PACKAGE.glob("*/__init__.py")}
    assert {name for name in folders if f"`saber_pipeline/{name}/" not in MAP} == set()


def test_no_two_files_of_the_package_have_one_name() -> None:
    """The name of a file says which one is meant, in a traceback, a search and a talk."""
    names = Counter(path.name for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
    assert [name for name, times in names.items() if times > 1] == []
