"""A peer that guarantees nothing: pages over aiohttp, split into lines unread, typed by DuckDB's JSON reader.

The fastest that is known: Python never looks into a signal. Nothing is durable before the end, nothing is compared
with what was bought, one odd value fails all of it, and every start begins from nothing.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import BinaryIO

import aiohttp
import msgspec

from benchmarks.contender import CONNECTIONS, LISTING, PAGE_ROWS
from benchmarks.contenders.duckdb_load import load_lines


class Page(msgspec.Struct):
    """A page of the listing; signals stay the bytes that they are."""

    results: list[msgspec.Raw]
    total: int


def collect(base_url: str, folder: Path) -> None:
    """Write every signal's bytes to a file, then load it."""
    lines = folder / "lines.ndjson"
    with lines.open("wb") as file:
        asyncio.run(_read_all(base_url, file))
    load_lines(lines, folder / "out.duckdb", memory_limit="1GB")


async def _read_all(base_url: str, file: BinaryIO) -> None:
    decoder = msgspec.json.Decoder(Page)
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(base_url, connector=connector) as session:

        async def page(offset: int) -> int:
            params = {"status": "completed", "limit": str(PAGE_ROWS), "offset": str(offset)}
            async with session.get(LISTING, params=params) as response:
                found = decoder.decode(await response.read())
            file.write(b"\n".join([*found.results, b""]))
            return found.total

        offsets = iter(range(PAGE_ROWS, await page(0), PAGE_ROWS))

        async def work() -> None:
            for offset in offsets:
                await page(offset)

        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
