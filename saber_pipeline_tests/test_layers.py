"""The shape of the code: layers point one way, files stay small, and every module has a subject."""

from __future__ import annotations

import ast
import functools
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import saber_pipeline

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(saber_pipeline.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 350
NAMES_WITHOUT_SUBJECT = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "tools"}

# What each part may import from the package, besides itself. The lowest layers come first.
MAY_IMPORT: dict[str, set[str]] = {
    "foreign_text": set(),
    "unicode_domains": set(),
    "secret_ends": set(),
    "errors": set(),
    "storage_failures": {"errors"},
    "lock_holders": set(),
    "config": {"errors", "secret_ends"},
    "products": {"config"},
    "advisory_lock": {"config", "errors", "lock_holders", "storage_failures"},
    "inputs": {"config", "errors"},
    "api": {"errors", "secret_ends"},
    "ledger": {"advisory_lock", "config", "errors", "inputs", "lock_holders", "storage_failures", "products"},
    "store": {"config", "errors", "inputs", "storage_failures"},
    "warehouse": {"advisory_lock", "config", "errors", "lock_holders", "storage_failures", "store"},
    "planning": {"api", "config", "errors", "ledger", "products", "warehouse"},
    "collection": {"api", "config", "errors", "inputs", "ledger", "warehouse", "products"},
    "purchasing": {"api", "collection", "config", "errors", "ledger", "products"},
    "runs": {
        "lock_holders",
        "storage_failures",
        "api",
        "collection",
        "config",
        "errors",
        "inputs",
        "ledger",
        "planning",
        "products",
        "purchasing",
        "store",
        "warehouse",
    },
    "ingest": {"api", "collection", "config", "errors", "inputs", "ledger", "runs", "warehouse"},
    "report": {"config", "errors", "runs", "warehouse"},
    "webhooks": {"api", "collection", "config", "errors", "inputs", "ledger", "runs", "warehouse"},
    "alerts": {"api", "config", "errors", "ledger", "planning", "warehouse"},
    "definitions": {
        "alerts",
        "storage_failures",
        "api",
        "collection",
        "config",
        "errors",
        "ingest",
        "inputs",
        "ledger",
        "planning",
        "products",
        "report",
        "runs",
    },
    "sandbox": set(),
    "cli": {
        "api",
        "collection",
        "config",
        "definitions",
        "errors",
        "ingest",
        "ledger",
        "planning",
        "report",
        "runs",
        "sandbox",
        "storage_failures",
        "store",
        "warehouse",
        "webhooks",
    },
    "from_python": {"cli", "errors", "planning", "runs", "warehouse"},
    "demo": {"cli", "config", "errors", "ingest", "inputs", "report", "runs"},
}
FOR_ALL = {"foreign_text", "unicode_domains"}
"""What every part may import."""
FOREIGN = {
    "dagster": {"definitions"},
    "duckdb": {"alerts", "demo", "planning", "report", "runs", "warehouse"},
    "matplotlib": {"report"},
    "sqlalchemy": {"alerts", "ledger", "planning", "purchasing", "runs", "webhooks"},
    "httpx": {"alerts", "api", "demo", "sandbox"},
    "starlette": {"sandbox", "webhooks"},
    "uvicorn": {"sandbox", "webhooks"},
    "obstore": {"store"},
    "rich": {"cli"},
}


def part_of(file: Path) -> str:
    """``api`` for saber_pipeline/api/pages.py, ``settings`` for saber_pipeline/config/settings.py."""
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache
def imports(file: Path) -> tuple[str, ...]:
    """Every module that ``file`` imports, wherever in it, also for types only."""
    return tuple(_imports(file))


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            if node.module == "saber_pipeline":
                yield from (f"saber_pipeline.{alias.name}" for alias in node.names if alias.name != "__version__")
            else:
                yield str(node.module)


def test_every_part_has_a_layer() -> None:
    """A new folder or module of the package is placed among the layers before it is used."""
    assert {part_of(file) for file in FILES} - {"__init__", "__main__"} == set(MAY_IMPORT)


def test_layers_point_one_way() -> None:
    """No part imports one above it: the order of the pipeline, from config to the command line."""
    wrong = [
        f"{file.relative_to(PACKAGE)} imports {module}"
        for file in FILES
        for module in imports(file)
        if module.startswith("saber_pipeline.")
        and part_of(file) in MAY_IMPORT
        and module.split(".")[1] not in {part_of(file), *FOR_ALL, *MAY_IMPORT[part_of(file)]}
    ]
    assert wrong == []


@pytest.mark.parametrize("library", FOREIGN)
def test_a_library_stays_in_its_layers(library: str) -> None:
    """Dagster is imported by the definitions alone, and the API client knows nothing of DuckDB."""
    importing = {part_of(file) for file in FILES for module in imports(file) if module.split(".")[0] == library}
    assert importing <= FOREIGN[library]
    assert importing, f"nothing imports {library}: take it off this list"


def test_files_stay_small() -> None:
    """A file has one subject, and so fits on a few screens."""
    lengths = {str(f.relative_to(PACKAGE)): len(f.read_text().splitlines()) for f in FILES}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_every_module_has_a_subject() -> None:
    """No module is a drawer for things without a place."""
    names = {part for file in FILES for part in file.relative_to(PACKAGE).with_suffix("").parts}
    assert names & NAMES_WITHOUT_SUBJECT == set()
