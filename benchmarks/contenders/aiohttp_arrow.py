"""A peer: aiohttp with 64 connections, msgspec, Arrow tables with a schema, inserted into DuckDB."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import duckdb
import msgspec
import pyarrow as pa

from benchmarks.contender import CONNECTIONS, LISTING, PAGE_ROWS
from benchmarks.contenders import rows_of

TEXT, JSON, TIME = pa.string(), pa.string(), pa.timestamp("us", "UTC")


class Page(msgspec.Struct):
    """A page of the listing; signals stay plain objects."""

    results: list[dict[str, Any]]
    total: int


def collect(base_url: str, folder: Path) -> None:
    """Everything in memory, then table by table into the database."""
    signals = asyncio.run(_read_all(base_url))
    with duckdb.connect(str(folder / "out.duckdb")) as con:
        con.execute("SET TimeZone = 'UTC'")
        for name, rows in rows_of.tables(signals).items():
            table = pa.Table.from_pylist(rows)
            con.register("rows", table)
            con.execute(f"CREATE TABLE {name} AS FROM rows")
            con.unregister("rows")


async def _read_all(base_url: str) -> list[dict[str, Any]]:
    decoder = msgspec.json.Decoder(Page)
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    signals: list[dict[str, Any]] = []
    async with aiohttp.ClientSession(base_url, connector=connector) as session:

        async def page(offset: int) -> Page:
            params = {"status": "completed", "limit": str(PAGE_ROWS), "offset": str(offset)}
            async with session.get(LISTING, params=params) as response:
                return decoder.decode(await response.read())

        first = await page(0)
        signals += first.results
        offsets = iter(range(PAGE_ROWS, first.total, PAGE_ROWS))

        async def work() -> None:
            for offset in offsets:
                signals.extend((await page(offset)).results)

        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    for signal in signals:
        for name in ("createdAt", "completedAt"):
            signal[name] = datetime.fromisoformat(signal[name])
    return signals
