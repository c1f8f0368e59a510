"""A run in a process of its own, which may be told to die: started by tests with ``python -m``.

Arguments as one JSON object: base_url, data_dir, seconds (the time to begin with), force, lenient (ask what
batches cannot carry), gated (ask the questions that wait for another), sync_pairs, and die_at, which is null or
``before POST 2``: kill this process at the second POST, before it leaves or after its effect, or ``after taking 1``:
when it has taken claims of another run over the first time. ``signal`` may be SIGSTOP; ``refuse`` answers that POST
with a 429.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from saber_pipeline.api.client import SaberClient
from saber_pipeline.config.secrets import LedgerAddress, StoreAddress
from saber_pipeline.config.settings import Settings
from saber_pipeline.planning.plan import Selection
from saber_pipeline.runs.answers import run_answers
from saber_pipeline.runs.block_taker import Taker
from saber_pipeline.runs.requests import RunRequest
from saber_pipeline_tests.testbed.world import CLOUD, GATED, LENIENT, SIZE, InterceptingTransport, ManualClock

REAL_SECONDS_PER_WAIT = 0.02


class ClockOverHttp(ManualClock):
    """Waiting moves the sandbox's time along, and takes a moment, so that the other process gets its turn."""

    def __init__(self, base_url: str, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self._base_url = base_url
        self.in_a_wait: Callable[[], None] = lambda: None

    async def sleep(self, seconds: float) -> None:
        self.in_a_wait()
        self.seconds += seconds
        async with httpx.AsyncClient(base_url=self._base_url, trust_env=False) as control:
            await control.post("/_sandbox/clock", json={"advance_seconds": seconds})
        await asyncio.sleep(REAL_SECONDS_PER_WAIT)


class Death:
    """Kills this process at one request."""

    def __init__(self, die_at: str | None, *, with_signal: str = "SIGKILL", refuse: bool = False) -> None:
        self._signal = signal.Signals[with_signal]
        self._refuse = refuse
        self.is_waiting = False
        self._when, self._method, number = (die_at or "never GET 0").split()
        self._left = int(number)

    def _send_signal(self) -> None:
        # To this thread: sent to the process, another thread may take it, and this one goes on into a transaction.
        signal.pthread_kill(threading.get_ident(), self._signal)

    def before(self, request: httpx.Request) -> httpx.Response | None:
        self._left -= request.method == self._method
        if self._refuse and request.method == self._method and self._left == 0:
            self.is_waiting = True
            return httpx.Response(429, headers={"Retry-After": "30"}, json={"error": {"code": "rate_limited"}})
        if self._left == 0:
            self._strike(request, "before")
        return None

    def follow_taking(self) -> None:
        """Strike when claims of another run have become this one's, where that is what was asked for."""
        move = Taker._move  # noqa: SLF001 - what it does is committed when it returns

        def and_strike(taker: Taker, *given: Any) -> int:
            taken = move(taker, *given)
            if taken and self._method == "taking":
                self._send_signal()
            return taken

        Taker._move = and_strike  # type: ignore[assignment, method-assign] # noqa: SLF001

    def in_a_wait(self) -> None:
        """Strike in the first wait after the refusal."""
        if self.is_waiting:
            self.is_waiting = False
            self._send_signal()

    def after(self, request: httpx.Request) -> None:
        if self._left <= 0:  # of several under way, the next may have been sent before this reply came
            self._strike(request, "after")

    def _strike(self, request: httpx.Request, when: str) -> None:
        if self._when == when and request.method == self._method:
            self._when = "never again"
            self._send_signal()


def death_of(given: dict[str, Any]) -> Death:
    """What the arguments say of it."""
    return Death(given.get("die_at"), with_signal=given.get("signal", "SIGKILL"), refuse=bool(given.get("refuse")))


def main(given: dict[str, Any]) -> None:
    """Carry out one run over the list ``accounts`` and print its outcomes."""
    questions = GATED if given.get("gated") else (LENIENT,) if given.get("lenient") else (SIZE, CLOUD)
    clock = ClockOverHttp(given["base_url"], given["seconds"])
    death = death_of(given)
    clock.in_a_wait = death.in_a_wait
    death.follow_taking()
    settings = Settings(
        base_url=given["base_url"],
        data_dir=Path(given["data_dir"]),
        ledger_url=LedgerAddress(given["ledger_url"]) if given.get("ledger_url") else None,
        store_url=StoreAddress(given["store_url"], given["store_options"]) if given.get("store_url") else None,
        max_batch_domains=60,
        sync_create_pairs=given.get("sync_pairs", Settings.sync_create_pairs),
        concurrency=1 if given.get("lenient") else Settings.concurrency,
    )

    def new_client() -> SaberClient:
        transport = InterceptingTransport(before=death.before, after=death.after)
        rng = random.Random(1)  # noqa: S311 - repeatable waits, no secrets
        return SaberClient("sk_sandbox_0000", settings.base_url, clock=clock, rng=rng, transport=transport)

    request = RunRequest(
        run_id=f"process{os.getpid()}",
        selection=Selection(("accounts",), questions, force_refresh=bool(given.get("force"))),
        max_wait_minutes=600,
    )
    if given.get("start_at"):
        time.sleep(max(0.0, given["start_at"] - time.time()))
    result = run_answers(
        request, settings, questions, new_client=new_client, report=lambda _progress: None, clock=clock
    )
    totals = {outcome.value: pairs for outcome, pairs in result.outcomes.totals.items() if pairs}
    print(json.dumps({"adds_up": result.outcomes.adds_up, "totals": totals, "bought": result.spending.signals_bought}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
