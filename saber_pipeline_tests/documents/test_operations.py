"""docs/operations.md names every operation of the API's published interface, as it is published."""

from __future__ import annotations

import json
import re

import pytest

from saber_pipeline_tests.documents.blocks import ROOT

INTERFACE = ROOT.parent / "shared" / "saber_api" / "openapi.json"
ROW = re.compile(
    r"^\| `(?P<operation>\w+)` \| `(?P<method>[A-Z]+) (?P<path>/[^`]+)` \| [^|]+ \| (yes|no) \|$",
    re.MULTILINE,
)


@pytest.mark.skipif(not INTERFACE.exists(), reason=f"{INTERFACE.name} is not beside this checkout")
def test_every_operation_has_its_place() -> None:
    """No operation is missing from the page, none is named that does not exist, and each has its method and path."""
    published = {
        (operation["operationId"], method.upper(), path)
        for path, methods in json.loads(INTERFACE.read_text())["paths"].items()
        for method, operation in methods.items()
    }
    page = (ROOT / "docs" / "operations.md").read_text()
    assert {(row["operation"], row["method"], row["path"]) for row in ROW.finditer(page)} == published


def test_every_link_of_the_documents_leads_somewhere() -> None:
    """A link from one document to another file of the project is not broken."""
    broken = [
        f"{page.name}: {target}"
        for page in (*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md")
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert not broken


def test_the_map_of_the_code_is_right() -> None:
    """A file or folder of the package that CONTRIBUTING.md names is there."""
    named = re.findall(r"`(saber_pipeline(?:_tests)?/[\w/.]+)`", (ROOT / "CONTRIBUTING.md").read_text())
    assert len(named) > 20
    assert [path for path in named if not (ROOT / path).exists()] == []
