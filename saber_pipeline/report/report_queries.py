"""Reads answers.duckdb: queries of the report and their results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from saber_pipeline.errors import StorageError
from saber_pipeline.warehouse.sql import fill_sql, literal, read_sql

if TYPE_CHECKING:
    from pathlib import Path

QUERIES = "saber_pipeline.report.queries"


def query_text(name: str) -> str:
    """The SQL of ``queries/<name>.sql``, complete: any program that reads answers.duckdb can run it."""
    sql = read_sql(name, QUERIES)
    return (fill_sql(name, package=QUERIES, **_of_answer_types()) if "${" in sql else sql).strip()


def _of_answer_types() -> dict[str, str]:
    """What answer types say in a query: which of them are counted in bands, and their amounts."""
    from saber_pipeline.config.answer_types.kinds import TABLES  # noqa: PLC0415 - `status` asks other queries only
    from saber_pipeline.config.answer_types.record import BANDS, TENS  # noqa: PLC0415 - likewise
    from saber_pipeline.warehouse.answer_views import amounts  # noqa: PLC0415 - likewise

    in_bands = ", ".join(literal(kind.type) for kind in TABLES if kind.counted in {BANDS, TENS})
    return {"amounts": amounts(BANDS), "shares": amounts(TENS), "in_bands": in_bands}


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    sql: str


class Answers:
    """The published database, opened for reading only."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con

    @classmethod
    def open(cls, file: Path) -> Answers:
        """Raises StorageError if answers.duckdb does not exist yet."""
        if not file.exists():
            raise StorageError(
                f"There is no {file} to report on yet. Nothing was spent. Run `saber-pipeline run`, or "
                "materialise domain_lists, then answers."
            )
        try:
            return cls(duckdb.connect(str(file.resolve()), read_only=True))
        except duckdb.Error as error:
            raise StorageError(
                f"{file} cannot be opened: {str(error).splitlines()[0]}. `saber-pipeline rebuild` rebuilds it."
            ) from error

    def close(self) -> None:
        self._con.close()

    def has(self, view: str) -> bool:
        found = self._con.execute("SELECT 1 FROM information_schema.tables WHERE table_name = ?", [view])
        return found.fetchone() is not None

    def has_failed_with(self, error_code: str) -> bool:
        """Whether any research failed with this code: a quick check before all of them are counted."""
        query = "SELECT 1 FROM signals WHERE status = 'failed' AND error_code = ? LIMIT 1"
        return self._con.execute(query, [error_code]).fetchone() is not None

    def ask(self, name: str, **values: Any) -> Table:
        """Run the query ``name`` with its parameters, if it has some."""
        sql = query_text(name)
        result = self._con.execute(sql, values) if values else self._con.execute(sql)
        columns = tuple(column[0] for column in result.description or ())
        return Table(columns, result.fetchall(), sql)
