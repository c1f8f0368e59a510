"""One published version as tables of Parquet files: what they are, what tells two versions apart, and writing them.

What is about signals is written by the day of the signal: ``signals``, the typed tables, ``sources`` and ``changes``.
All other tables are written whole.
"""

from __future__ import annotations

from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import duckdb

from saber_pipeline.config.answer_types.kinds import TABLES
from saber_pipeline.storage_failures import as_storage_failures
from saber_pipeline.store.export_manifest import ExportedColumn
from saber_pipeline.warehouse.parquet_types import parquet_column
from saber_pipeline.warehouse.query_to_file import write_query
from saber_pipeline.warehouse.sql import fill_sql, identifier, literal, read_sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BY_DAY = ("signals", "sources", "changes", *(kind.table for kind in TABLES))
LISTS = ("contact_profiles", "domains", "list_rows", "rejected_inputs")
"""Views that are exported like tables: they only select rows."""
MEMORY_LIMIT = "400MB"
OPTIONS = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480"
"""Rows with long texts: a group of DuckDB's 122,880 takes more memory than a run has."""


class ExportedVersion:
    """A version that is open for reading. Equal rows have equal marks; different rows seldom have."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._columns = self._read_columns()
        self._placed = ""
        ((self.lineage,),) = con.execute(read_sql("exports_lineage")).fetchall()

    @property
    def tables(self) -> list[str]:
        """Their names, sorted."""
        return sorted(self._columns)

    def columns(self, table: str) -> tuple[ExportedColumn, ...]:
        """In their order."""
        return self._columns[table]

    def days(self) -> dict[str, str]:
        """A mark for each day that has signals."""
        return dict(self._con.execute(read_sql("exports_days")).fetchall())

    def choose(self, days: Sequence[str]) -> None:
        """The days that ``marks`` and ``write`` are about."""
        self._con.execute(read_sql("exports_signals"), {"days": list(days)})
        self._placed = ""

    def marks(self, table: str) -> dict[str | None, str]:
        """The mark of its rows, if there are any: for each day that was chosen, or for the whole table."""
        hashed = ", ".join(identifier(column.name) for column in self._columns[table])
        query = f'SELECT "_day", count(*), sum(hash({hashed})) FROM {self._rows(table)} GROUP BY "_day"'  # noqa: S608 - quoted
        found = self._con.execute(query).fetchall()
        return {day: f"{rows}:{total:x}" for day, rows, total in found}

    def write(self, table: str, day: str | None, file: Path) -> int:
        """Write the rows of a day, or all rows; returns how many. A table by day has no rows without a day."""
        cells = ", ".join(parquet_column(self._con, each.name, each.type) for each in self._columns[table])
        which = "false" if table in BY_DAY and day is None else "true" if day is None else f'"_day" = {literal(day)}'
        return write_query(self._con, f"SELECT {cells} FROM {self._rows(table)} WHERE {which}", file, OPTIONS)  # noqa: S608 - quoted

    def _rows(self, table: str) -> str:
        """SQL for its rows with their day, NULL where it is not written by day."""
        name = f"answers.main.{identifier(table)}"
        if table not in BY_DAY:
            return f'(SELECT *, NULL::VARCHAR AS "_day" FROM {name})'  # noqa: S608 - quoted
        places = "exported_signals"
        if table != "signals":
            places = "exported_rows"
            if self._placed != table:
                self._con.execute(fill_sql("exports_places", table=identifier(table)))
                self._placed = table
        joined = f"{name} AS told JOIN {places} AS place ON place.row_place = told.rowid"
        return f'(SELECT told.*, place."day" AS "_day" FROM {joined})'  # noqa: S608 - quoted

    def _read_columns(self) -> dict[str, tuple[ExportedColumn, ...]]:
        found: dict[str, list[ExportedColumn]] = {}
        for table, *column in self._con.execute(read_sql("exports_columns"), {"views": list(LISTS)}).fetchall():
            found.setdefault(table, []).append(ExportedColumn(*column))
        return {table: tuple(columns) for table, columns in found.items()}


@contextmanager
def open_exported(file: Path) -> Iterator[ExportedVersion]:
    """Open a published version for an export. The file may be removed meanwhile.

    Raises:
        StorageError: it cannot be read, or what is made of it cannot be written.
    """
    with (
        as_storage_failures(f"The published version {file}"),
        TemporaryDirectory(prefix="saber-export-") as spill,
        duckdb.connect() as con,
    ):
        con.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        con.execute(f"SET temp_directory = {literal(spill)}")
        con.execute("SET preserve_insertion_order = false")
        con.execute("SET threads = 1")  # one file for each day
        con.execute(f"ATTACH {literal(str(file))} AS answers (READ_ONLY)")
        con.execute(read_sql("exports_macros"))
        yield ExportedVersion(con)
