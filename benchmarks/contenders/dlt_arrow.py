"""A peer: dlt as its authors advise it for speed. Arrow tables are yielded, so dlt neither flattens nor normalises.

Pages are read over aiohttp with 64 connections, nested parts stay the JSON that they are, and DuckDB types them after
the load.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import dlt
import duckdb
import msgspec
import pyarrow as pa

from benchmarks.contender import CONNECTIONS, LISTING, PAGE_ROWS
from benchmarks.contenders.sql import statements

SETTINGS = {"RUNTIME__DLTHUB_TELEMETRY": "false", "LOAD__WORKERS": "2"}
TABLE_PAGES = 200
"""So many pages become one Arrow table: 5,000 signals, about 20 MB."""

TEXTS = ("id", "domain", "question", "answerType", "status", "reasoning", "verificationMode")
TIMES = ("createdAt", "completedAt")
NESTED = ("answer", "sources", "metadata", "company")


class Signal(msgspec.Struct):
    """What is kept of a signal: its own fields read, nested ones as they came."""

    id: str
    domain: str
    question: str
    answerType: str  # noqa: N815 - the API's name
    status: str
    createdAt: str  # noqa: N815 - likewise
    completedAt: str  # noqa: N815 - likewise
    reasoning: str
    verificationMode: str  # noqa: N815 - likewise
    confidence: float
    answer: msgspec.Raw
    sources: msgspec.Raw
    metadata: msgspec.Raw
    company: msgspec.Raw


class Page(msgspec.Struct):
    """A page of the listing."""

    results: list[Signal]
    total: int


def collect(base_url: str, folder: Path) -> None:
    """Load one wide table, then type it."""
    os.environ.update(SETTINGS)

    @dlt.resource(name="landed", write_disposition="append")
    def landed() -> Iterator[pa.Table]:
        with asyncio.Runner() as runner:
            yield from _tables(runner, base_url)

    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=str(folder / "dlt"),
        destination=dlt.destinations.duckdb(str(folder / "out.duckdb")),
        dataset_name="dlt_data",
    )
    pipeline.run(landed())
    with duckdb.connect(str(folder / "out.duckdb")) as con:
        for statement in statements("dlt_tuned"):
            con.execute(statement)


def _tables(runner: asyncio.Runner, base_url: str) -> Iterator[pa.Table]:
    decoder = msgspec.json.Decoder(Page)

    async def open_session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(base_url, connector=aiohttp.TCPConnector(limit=CONNECTIONS))

    session = runner.run(open_session())

    async def page(offset: int) -> Page:
        params = {"status": "completed", "limit": str(PAGE_ROWS), "offset": str(offset)}
        async with session.get(LISTING, params=params) as response:
            return decoder.decode(await response.read())

    async def pages(offsets: range) -> list[Signal]:
        return [signal for one in await asyncio.gather(*map(page, offsets)) for signal in one.results]

    first = runner.run(page(0))
    yield _table(first.results)
    step = TABLE_PAGES * PAGE_ROWS
    for start in range(PAGE_ROWS, first.total, step):
        yield _table(runner.run(pages(range(start, min(start + step, first.total), PAGE_ROWS))))
    runner.run(session.close())


def _table(signals: list[Signal]) -> pa.Table:
    columns: dict[str, Any] = {
        **{name: pa.array([getattr(signal, name) for signal in signals], pa.string()) for name in TEXTS},
        **{name: _times([getattr(signal, name) for signal in signals]) for name in TIMES},
        "confidence": pa.array([signal.confidence for signal in signals], pa.float64()),
        **{name: _json([getattr(signal, name) for signal in signals]) for name in NESTED},
    }
    return pa.table(columns)


def _times(values: list[str]) -> pa.Array:
    return pa.array([value.removesuffix("Z") for value in values], pa.string()).cast(pa.timestamp("us"))


def _json(values: list[msgspec.Raw]) -> pa.Array:
    return pa.array([None if (text := bytes(value)) == b"null" else text for value in values], pa.binary()).cast(
        pa.string()
    )
