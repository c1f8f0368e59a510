"""Running a client against a script."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.transport import RequestLimits
from saber_pipeline_tests.api.fake_clock import FakeClock
from saber_pipeline_tests.api.scripted_server import Received, ScriptedReply, ScriptedServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

KEY = "sk_live_0123456789abcdefWXYZ"
SHOWN_KEY = "sk_live_…WXYZ"
QUICK = RequestLimits(connect_seconds=2, reply_seconds=0.3, total_seconds=1.0)
SIGNAL = {
    "id": "00000000-0000-4000-8000-000000000001",
    "signalType": "COMPANY",
    "status": "processing",
    "question": "Does this company use Salesforce?",
    "domain": "example.com",
    "createdAt": "2026-03-01T12:00:00Z",
}


@dataclass
class Exchange:
    """What an exchange brought: the result or the error, and what the server and the clock saw."""

    result: Any
    error: Exception | None
    received: list[Received]
    clock: FakeClock
    client: SaberClient


def exchange(
    act: Callable[[SaberClient], Awaitable[Any]],
    *script: ScriptedReply,
    limits: RequestLimits = QUICK,
    prefix: str = "",
) -> Exchange:
    """Let ``act`` use a client against a server that replies by ``script``, over real HTTP."""

    async def run() -> Exchange:
        clock = FakeClock()
        rng = random.Random(1)  # noqa: S311 - repeatable waits, nothing secret
        async with (
            ScriptedServer(*script) as server,
            SaberClient(KEY, server.url + prefix, clock=clock, rng=rng, limits=limits) as client,
        ):
            result, error = None, None
            try:
                result = await act(client)
            except Exception as raised:  # noqa: BLE001 - the test looks at whatever was raised
                error = raised
            return Exchange(result, error, server.received, clock, client)

    return asyncio.run(run())
