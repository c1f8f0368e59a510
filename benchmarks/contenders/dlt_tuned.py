"""A peer: dlt tuned. Pages read by 32 threads, nested parts kept as JSON, Parquet in between, typed in DuckDB.

What its documentation on performance advises: whole pages are yielded, buffers are large, no child tables are
made of what SQL can open better, and both cores normalise: files hold fewer rows than there are, so that two
workers have something to share. ``dlt_arrow`` is what its authors advise where speed matters most.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dlt
import duckdb
import orjson
import requests
from requests.adapters import HTTPAdapter

from benchmarks.contender import LISTING, PAGE_ROWS
from benchmarks.contenders.sql import statements

THREADS = 32
NESTED = ("answer", "sources", "metadata", "company", "changeContext")
FILE_ROWS = 5_000
SETTINGS = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "DATA_WRITER__BUFFER_MAX_ITEMS": str(FILE_ROWS),
    "EXTRACT__DATA_WRITER__FILE_MAX_ITEMS": str(FILE_ROWS),
    "NORMALIZE__DATA_WRITER__FILE_MAX_ITEMS": str(FILE_ROWS),
    "NORMALIZE__WORKERS": "2",
    "NORMALIZE__START_METHOD": "fork",
    "LOAD__WORKERS": "2",
}


def collect(base_url: str, folder: Path) -> None:
    """Load one wide table, then type it."""
    os.environ.update(SETTINGS)

    @dlt.resource(
        name="landed",
        write_disposition="append",
        max_table_nesting=0,
        columns={name: {"data_type": "json"} for name in NESTED},
    )
    def landed() -> Iterator[list[dict[str, Any]]]:
        session = requests.Session()
        session.mount("http://", HTTPAdapter(pool_maxsize=THREADS))

        def page(offset: int) -> dict[str, Any]:
            params: dict[str, str | int] = {"status": "completed", "limit": PAGE_ROWS, "offset": offset}
            reply: dict[str, Any] = orjson.loads(session.get(base_url + LISTING, params=params, timeout=60).content)
            return reply

        first = page(0)
        yield first["results"]
        with ThreadPoolExecutor(THREADS) as threads:
            for one in threads.map(page, range(PAGE_ROWS, first["total"], PAGE_ROWS)):
                yield one["results"]

    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=str(folder / "dlt"),
        destination=dlt.destinations.duckdb(str(folder / "out.duckdb")),
        dataset_name="dlt_data",
    )
    pipeline.run(landed(), loader_file_format="parquet")
    with duckdb.connect(str(folder / "out.duckdb")) as con:
        for statement in statements("dlt_tuned"):
            con.execute(statement)
