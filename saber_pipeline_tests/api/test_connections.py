"""How requests share connections, and a transport of the caller's own."""

from __future__ import annotations

import asyncio

import httpx

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.transport import RequestLimits
from saber_pipeline_tests.api.exchanges import KEY, exchange
from saber_pipeline_tests.api.scripted_server import ScriptedReply, reply_json

CREDITS = reply_json({"remainingCredits": 42})


def test_reads_keep_their_connection() -> None:
    """Reads one after the other use one connection."""

    async def act(client: SaberClient) -> None:
        for _ in range(3):
            await client.get_credits()

    exchanged = exchange(act, CREDITS)
    assert {request.connection for request in exchanged.received} == {1}


def test_reads_at_once_are_spread() -> None:
    """Many reads at once use as many connections as may be under way, and no more."""

    async def act(client: SaberClient) -> None:
        await asyncio.gather(*(client.get_credits() for _ in range(60)))

    slow = ScriptedReply(body=b'{"remainingCredits": 42}', drip_seconds=0.001)
    limits = RequestLimits(max_concurrent=12)
    exchanged = exchange(act, slow, limits=limits)
    assert exchanged.error is None
    assert len({request.connection for request in exchanged.received}) == 12


def test_an_injected_transport_is_the_only_one() -> None:
    """With a transport of the caller's own, reads and writes both go through it."""
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(f"{request.method} {request.url}")
        return httpx.Response(200, json={"remainingCredits": 7, "id": "t"})

    async def run() -> int:
        transport = httpx.MockTransport(answer)
        async with SaberClient(KEY, "https://api.example/v/", transport=transport) as client:
            await client.delete_template("t")
            return await client.get_credits()

    assert asyncio.run(run()) == 7
    assert seen == [
        "DELETE https://api.example/v/v1/companies/signals/templates/t",
        "GET https://api.example/v/v1/credits",
    ]
