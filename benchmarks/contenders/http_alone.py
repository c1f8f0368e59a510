"""A floor: the bytes alone, over HTTP, with our client. Nothing is read of them, nothing is kept."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.contender import CONNECTIONS, LISTING, PAGE_ROWS
from saber_pipeline.api.call import Call, Reply
from saber_pipeline.api.transport import RequestLimits, Transport


def collect(base_url: str, folder: Path) -> dict[str, Any]:  # noqa: ARG001 - as every contender is called
    """Read every page; returns their bytes."""
    return {"bytes": asyncio.run(_read_all(base_url))}


async def _read_all(base_url: str) -> int:
    transport = Transport("sk_sandbox_bench", base_url, transport=None, limits=RequestLimits())

    async def page(offset: int) -> bytes:
        query = [("status", "completed"), ("limit", str(PAGE_ROWS)), ("offset", str(offset))]
        reply = await transport.send(Call("list_signals", "GET", LISTING, query))
        assert isinstance(reply, Reply)  # noqa: S101 - a local server
        return reply.body

    try:
        first = await page(0)
        offsets = iter(range(PAGE_ROWS, msgspec.json.decode(first)["total"], PAGE_ROWS))
        sizes = [len(first)]

        async def work() -> None:
            for offset in offsets:
                size = len(await page(offset))
                sizes.append(size)

        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
        return sum(sizes)
    finally:
        await transport.close()
