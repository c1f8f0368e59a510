"""Starts a sandbox: in the foreground for the command line, in a thread for tests."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Self

import httpx
import uvicorn

from saber_pipeline.sandbox.app import create_app
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.types import ASGIApp

    from saber_pipeline.sandbox.movable_clock import SandboxClock

HOST = "127.0.0.1"
START_PATIENCE_SECONDS = 60
END_GRACE_SECONDS = 1.0
LOOK_EVERY_SECONDS = 0.002
BACKLOG = 2048


def listening_socket(port: int) -> socket.socket:
    """A socket on this machine only. Port 0 takes any free port."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError:
        listening.close()
        raise
    listening.listen(BACKLOG)
    return listening


def base_url_of(listening: socket.socket) -> str:
    return f"http://{HOST}:{listening.getsockname()[1]}"


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        date_header=False,  # the sandbox sends the time of its own clock
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=60,  # as with a load balancer; uvicorn's 5 s would cut idle clients
        timeout_graceful_shutdown=1,
    )


class _ServerOfAThread(uvicorn.Server):
    """A server that another thread starts and ends. uvicorn's own loop looks 10 times a second: 0.2 s a sandbox."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.has_begun = threading.Event()
        self._is_to_end = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """Take no more requests. Requests in progress have one more second."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._is_to_end.set)

    async def main_loop(self) -> None:
        await self.on_tick(0)  # sets the headers of every reply
        self._loop = asyncio.get_running_loop()
        self.has_begun.set()
        await self._is_to_end.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        give_up = time.monotonic() + END_GRACE_SECONDS
        while (self.server_state.connections or self.server_state.tasks) and time.monotonic() < give_up:  # noqa: ASYNC110 - uvicorn tells nobody when they have ended
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()


def serve(
    settings: SandboxSettings,
    *,
    port: int,
    state_file: Path | None = None,
    on_ready: Callable[[str], None] = lambda _base_url: None,
) -> None:
    """Run until interrupted. ``on_ready`` gets the base URL once the sandbox takes connections.

    Raises:
        OSError: the port is in use.
    """
    listening = listening_socket(port)
    app = create_app(settings, state_file=state_file)
    on_ready(base_url_of(listening))  # the socket listens already: early connections wait in its backlog
    uvicorn.Server(_config(app)).run(sockets=[listening])


class RunningSandbox:
    """A sandbox on a free port, in a thread of this process, for as long as the ``with`` block runs."""

    def __init__(
        self,
        settings: SandboxSettings | None = None,
        *,
        clock: SandboxClock | None = None,
        state_file: Path | None = None,
    ) -> None:
        self._settings = settings or SandboxSettings()
        self._clock = clock
        self._state_file = state_file
        self.base_url = ""
        self.key = self._settings.required_key or "sk_sandbox_0000"

    def __enter__(self) -> Self:
        app = create_app(self._settings, clock=self._clock, state_file=self._state_file)
        listening = listening_socket(0)
        self.base_url = base_url_of(listening)
        self._running = _ServerOfAThread(_config(app))
        self._thread = threading.Thread(target=self._running.run, args=([listening],), daemon=True)
        self._thread.start()
        if not self._running.has_begun.wait(START_PATIENCE_SECONDS):
            raise RuntimeError(f"The sandbox did not start within {START_PATIENCE_SECONDS} s")
        plain = httpx.HTTPTransport(verify=False)  # plain HTTP on this machine: reading certificates takes 20 ms
        self._control = httpx.Client(base_url=self.base_url, transport=plain, trust_env=False, timeout=60)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._control.close()
        self._running.end()
        self._thread.join(START_PATIENCE_SECONDS)

    def books(self, *, pairs: bool = True) -> dict[str, Any]:
        """See ``books.read_books``."""
        return self._json(self._control.get("/_sandbox/books", params={"pairs": str(pairs).lower()}))

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock forward."""
        self._json(self._control.post("/_sandbox/clock", json={"advance_seconds": seconds}))

    def set_credits(self, amount: int) -> None:
        self._json(self._control.post("/_sandbox/credits", json={"set": amount}))

    def new_company_list(self, **body: Any) -> str:
        """Make a list from ``name``, ``domains`` and perhaps ``id``, see ``NewList``. Returns the list's id."""
        return str(self._json(self._control.post("/_sandbox/company-lists", json=body))["id"])

    def drop_company_list(self, list_id: str) -> None:
        self._control.delete(f"/_sandbox/company-lists/{list_id}").raise_for_status()

    def new_subscription(self, **body: Any) -> str:
        """Make a subscription from the fields of ``NewSubscription``, and run it once. Returns its id."""
        return str(self._json(self._control.post("/_sandbox/subscriptions", json=body))["id"])

    def run_subscription(self, subscription_id: str, domains: list[str]) -> None:
        """Let a subscription research these companies once more."""
        self._json(self._control.post(f"/_sandbox/subscriptions/{subscription_id}/run", json={"domains": domains}))

    def set_faults(self, **body: Any) -> None:
        """``rules``, ``effects``, ``seed``, ``outage_seconds``: see ``faults.FaultsBody``."""
        self._json(self._control.post("/_sandbox/faults", json=body))

    def faults(self) -> dict[str, Any]:
        return self._json(self._control.get("/_sandbox/faults"))

    @staticmethod
    def _json(reply: httpx.Response) -> dict[str, Any]:
        reply.raise_for_status()
        body: dict[str, Any] = reply.json()
        return body
