"""A peer: httpx page after page, pandas data frames, inserted into DuckDB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import httpx
import pandas as pd

from benchmarks.contender import LISTING, PAGE_ROWS
from benchmarks.contenders import rows_of


def collect(base_url: str, folder: Path) -> None:
    """Everything in memory, then table by table into the database."""
    signals: list[dict[str, Any]] = []
    with httpx.Client(base_url=base_url, timeout=60) as http:
        total = 1
        while len(signals) < total:
            params: dict[str, str | int] = {"status": "completed", "limit": PAGE_ROWS, "offset": len(signals)}
            page = http.get(LISTING, params=params).raise_for_status().json()
            signals += page["results"]
            total = page["total"]
    with duckdb.connect(str(folder / "out.duckdb")) as con:
        con.execute("SET TimeZone = 'UTC'")
        for name, rows in rows_of.tables(signals).items():
            frame = pd.DataFrame(rows)
            for column in ("created_at", "completed_at"):
                if column in frame:
                    frame[column] = pd.to_datetime(frame[column])
            con.register("rows", frame)
            con.execute(f"CREATE TABLE {name} AS FROM rows")
            con.unregister("rows")
