"""Sandboxes with a clock that stands still until a test moves it."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import pytest

from saber_pipeline.sandbox.movable_clock import SandboxClock
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START_SECONDS = 1_790_000_000.0
SIGNALS = "/v1/companies/signals"


class Caller:
    """A running sandbox and a client with its key."""

    def __init__(self, running: RunningSandbox) -> None:
        self.running = running
        self.http = httpx.Client(
            base_url=running.base_url,
            headers={"Authorization": f"Bearer {running.key}"},
            trust_env=False,
            timeout=30,
        )

    def create(self, domain: str, question: str = "What do they do?", **fields: Any) -> httpx.Response:
        return self.http.post(SIGNALS, json={"domain": domain, "question": question, **fields})

    def batch(self, domains: list[str], *signals: dict[str, Any], **fields: Any) -> httpx.Response:
        items = list(signals) or [{"question": "What do they do?"}]
        return self.http.post(f"{SIGNALS}/batch", json={"signals": items, "domains": domains, **fields})

    def page(self, **params: Any) -> dict[str, Any]:
        reply = self.http.get(SIGNALS, params=params)
        assert reply.status_code == 200, reply.text
        body: dict[str, Any] = reply.json()
        return body

    def get(self, signal_id: str) -> dict[str, Any]:
        body: dict[str, Any] = self.http.get(f"{SIGNALS}/{signal_id}").json()
        return body

    def advance_once_bought(self, seconds: float) -> threading.Thread:
        """Move the clock as soon as the first signal exists, while the caller waits for a sync create."""

        def watch() -> None:
            while not self.running.books(pairs=False)["signals"]:
                pass
            self.running.advance(seconds)

        watching = threading.Thread(target=watch)
        watching.start()
        return watching

    def credits(self) -> int:
        return int(self.http.get("/v1/credits").json()["remainingCredits"])


class StartSandbox(Protocol):
    def __call__(self, state_file: Path | None = None, **settings: Any) -> Caller: ...


@pytest.fixture
def start() -> Iterator[StartSandbox]:
    """Start a sandbox with these settings. Everything it is asked gets an answer unless a test says otherwise."""
    with ExitStack() as stack:

        def started(state_file: Path | None = None, **settings: Any) -> Caller:
            chosen: dict[str, Any] = {
                "not_known_share": 0.0,
                "failed_share": 0.0,
                "processing_seconds": (10.0, 10.0),
            } | settings
            running = RunningSandbox(
                SandboxSettings(**chosen), clock=SandboxClock(lambda: START_SECONDS), state_file=state_file
            )
            caller = Caller(stack.enter_context(running))
            stack.callback(caller.http.close)
            return caller

        yield started
