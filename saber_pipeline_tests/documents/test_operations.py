"""docs/operations.md names every operation of the API's interface, and says of every field where it goes."""

from __future__ import annotations

import re

import duckdb
import pytest

from saber_pipeline.warehouse.schema import create_tables
from saber_pipeline_tests.documents.blocks import ROOT
from saber_pipeline_tests.interface.components import COMPONENTS, NOT_PUBLISHED
from saber_pipeline_tests.interface.operations import OPERATIONS

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
ROW = re.compile(
    r"^\| `(?P<operation>\w+)` \| `(?P<method>[A-Z]+) (?P<path>/[^`]+)` \| [^|]+ \| (yes|no) \|$",
    re.MULTILINE,
)
FIELD = re.compile(r"^\| `(?P<field>[\w.-]+)` \| (?P<where>[^|]+) \|$", re.MULTILINE)
SECTIONS = {
    heading: FIELD.findall(text)
    for heading, text in re.findall(r"^### ([\w, ]+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
}
CELLS = [(heading, field, where) for heading, rows in SECTIONS.items() for field, where in rows]


def own_fields(lines: str) -> set[str]:
    """The fields that an object's lines name, without the marks for lists and for what is always there."""
    words = [line.split()[0] for line in lines.splitlines() if line.strip()]
    names = {re.sub(r"[!\[\]]", "", word) for word in words}
    return names - {"closed", "allOf", "oneOf"}


def test_every_operation_has_its_place() -> None:
    """No operation is missing from the page, none is named that does not exist, and each has its method and path."""
    described = {(operation.name, operation.method, operation.path) for operation in OPERATIONS}
    assert {(row["operation"], row["method"], row["path"]) for row in ROW.finditer(PAGE)} == described


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_field_has_its_row(heading: str) -> None:
    """A table has the fields of its objects (for Parameters, of all operations): none is missing, none made up."""
    if heading == "Parameters":
        lines = [lines for operation in OPERATIONS for lines in operation.parameters.values()]
    else:
        lines = [(COMPONENTS | NOT_PUBLISHED)[name] for name in heading.split(", ")]
    rows = [field for field, _ in SECTIONS[heading]]
    assert sorted(rows) == sorted(set().union(*map(own_fields, lines)))


def test_every_object_has_its_table() -> None:
    """No object of the interface is left out, and each stands on the page once."""
    named = [name for heading in SECTIONS for name in heading.split(", ") if name != "Parameters"]
    with_fields = {name for name, lines in (COMPONENTS | NOT_PUBLISHED).items() if own_fields(lines)}
    assert sorted(named) == sorted(with_fields)


def test_every_field_goes_somewhere(columns: dict[str, dict[str, str]]) -> None:
    """A cell names columns and settings that are there, or a source, a use, or a reason for going nowhere."""
    settings = (ROOT / "docs" / "settings.md").read_text("utf-8")
    wrong = []
    for heading, field, where in CELLS:
        named = [name for name in re.findall(r"`(\w+(?:\.\w+)+)`", where) if name.partition(".")[0] in columns]
        known = [name for name in named if _is_there(columns, *name.split("."))]
        told = [f"| `{setting}` |" in settings for setting in re.findall(r"`(SABER_\w+)`", where)]
        is_said = re.match(r"(from|used|nowhere): \S.{9,}", where) or "see " in where
        if known != named or not all(told) or not (named or is_said):
            wrong.append((heading, field, where))
    assert wrong == []
    assert len(CELLS) > 300


def _is_there(columns: dict[str, dict[str, str]], table: str, column: str, *inner: str) -> bool:
    """Whether a table has the column, and its type the fields inside it."""
    kind = columns[table].get(column, "")
    return bool(kind) and all(re.search(rf'\b"?{part}"? ', kind) for part in inner)


@pytest.fixture(scope="module")
def columns() -> dict[str, dict[str, str]]:
    """Table or view → column → its type, as the warehouse makes them."""
    with duckdb.connect() as con:
        create_tables(con)
        found: dict[str, dict[str, str]] = {}
        for table, column, kind in con.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'main'"
        ).fetchall():
            found.setdefault(table, {})[column] = kind
        return found


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
