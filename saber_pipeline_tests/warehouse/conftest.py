"""What the warehouse's tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.warehouse.load import load_landed
from saber_pipeline.warehouse.session import open_warehouse
from saber_pipeline.warehouse.views import apply_questions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    import duckdb

    from saber_pipeline.config.questions.question import Question


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    """An empty data directory."""
    return DataPaths(tmp_path / "data")


class OpenWarehouse:
    """A warehouse held open by a test: load what is landed, and look."""

    def __init__(self, con: duckdb.DuckDBPyConnection, paths: DataPaths) -> None:
        self.con = con
        self.paths = paths

    def load(self, *questions: Question) -> tuple[int, int, int, int]:
        """Apply the questions and load: signals new and updated, answers untyped, lines skipped."""
        apply_questions(self.con, questions)
        summary = load_landed(self.con, self.paths)
        return (summary.signals_new, summary.signals_updated, summary.untyped, summary.skipped_lines)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.con.execute(query).fetchall()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenWarehouse]:
    """One new warehouse for the cases of a module, which load it once; each looks at rows of its own."""
    paths = DataPaths(tmp_path_factory.mktemp("shared") / "data")
    with open_warehouse(paths) as con:
        yield OpenWarehouse(con, paths)


@pytest.fixture
def warehouse(paths: DataPaths) -> Iterator[OpenWarehouse]:
    """A new warehouse, open."""
    with open_warehouse(paths) as con:
        yield OpenWarehouse(con, paths)
