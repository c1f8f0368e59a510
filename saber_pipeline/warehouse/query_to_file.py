"""Writes the rows of a query to a file, completely or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from saber_pipeline.config.paths import cannot_write
from saber_pipeline.config.private_files import whole_file
from saber_pipeline.errors import StorageError
from saber_pipeline.warehouse.sql import literal

if TYPE_CHECKING:
    from pathlib import Path


def write_query(con: duckdb.DuckDBPyConnection, query: str, file: Path, options: str) -> int:
    """Write ``query`` to ``file`` with these options of COPY; returns its number of rows.

    The file has another name until it is complete, so an interrupted one is not left behind. StorageError on failure.
    """
    try:
        with whole_file(file) as unfinished:
            ((rows,),) = con.execute(f"COPY ({query}) TO {literal(str(unfinished))} ({options})").fetchall()
    except duckdb.IOException as error:
        raise StorageError(f"{file} cannot be written: {str(error).splitlines()[0]}. Nothing was spent.") from None
    except OSError as error:
        raise cannot_write(file, error) from None
    return int(rows)
