"""A sandbox that runs in real time and sends webhooks, and a receiver for them."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, Self

import httpx
import pytest

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.clock import SYSTEM_CLOCK
from saber_pipeline.config.secrets import ApiKey, WebhookSecret
from saber_pipeline.config.settings import Settings
from saber_pipeline.runs.answers import run_answers
from saber_pipeline.runs.requests import RunRequest, RunResult
from saber_pipeline.sandbox.sandbox_server import RunningSandbox
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings
from saber_pipeline.webhooks.receiver_server import build_receiver, server
from saber_pipeline.webhooks.webhook_worker import WorkerIntervals
from saber_pipeline_tests.testbed.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import uvicorn

    from saber_pipeline.ledger.store import Ledger

SECRET = "whsec_sandbox"  # noqa: S105 - guards nothing
QUICK = WorkerIntervals(grace=5.0, look=0.2, again=1.0, quiet=0.3)
PATIENCE_SECONDS = 240.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it comes true before the patience ends."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True


class Receiver:
    """The receiver in a thread of this process, for as long as the ``with`` block runs."""

    def __init__(
        self, settings: Settings, port: int, *, unsigned: bool = False, intervals: WorkerIntervals = QUICK
    ) -> None:
        self.address = f"http://127.0.0.1:{port}/"
        self._port = port
        app, self._ledger = build_receiver(
            settings, unsigned=unsigned, intervals=intervals, ledger_patience_seconds=1.0
        )
        self._server: uvicorn.Server = server(app)

    def __enter__(self) -> Self:
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self._port))
        listening.listen()
        self._thread = threading.Thread(target=self._server.run, args=([listening],), daemon=True)
        self._thread.start()
        assert eventually(lambda: self._server.started)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.should_exit = True
        self._thread.join(PATIENCE_SECONDS)
        self._ledger.close()

    @property
    def ledger(self) -> Ledger:
        return self._ledger

    def post(self, body: bytes, signature: str | None = None) -> httpx.Response:
        headers = {} if signature is None else {"X-Webhook-Signature": signature}
        with httpx.Client(trust_env=False) as http:
            return http.post(self.address, content=body, headers=headers)


@dataclass
class Wired:
    """A world in real time whose purchases name the receiver's address."""

    world: World
    port: int
    receivers: ExitStack = field(default_factory=ExitStack)

    @property
    def settings(self) -> Settings:
        return replace(
            self.world.settings,
            api_key=ApiKey("sk_sandbox_0000"),
            webhook_url=f"http://127.0.0.1:{self.port}/hooks",
            webhook_secret=WebhookSecret(SECRET),
            collect_lag_seconds=1.0,
        )

    def receive(self, **options: Any) -> Receiver:
        return self.receivers.enter_context(Receiver(self.settings, self.port, **options))

    def new_client(self, transport: httpx.AsyncBaseTransport | None = None) -> SaberClient:
        return SaberClient("sk_sandbox_0000", self.settings.base_url, transport=transport)

    def run(
        self, *, max_wait_minutes: float = 1.0, transport: httpx.AsyncBaseTransport | None = None, force: bool = False
    ) -> RunResult:
        return run_answers(
            RunRequest("run", self.world.selection(force=force), max_wait_minutes=max_wait_minutes),
            self.settings,
            self.world.questions,
            new_client=lambda: self.new_client(transport),
            report=self.world.progress.append,
            clock=SYSTEM_CLOCK,
        )

    def events(self) -> list[tuple[Any, ...]]:
        """Outcomes of what was told, with the numbers of objects and of deliveries."""
        counted = "SELECT outcome, count(*), sum(deliveries) FROM webhook_news GROUP BY 1 ORDER BY 1"
        return self.world.ledger_rows(counted)


class Wire(Protocol):
    def __call__(self, **sandbox: Any) -> Wired: ...


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    """Start a sandbox in real time with these settings, and a world in it."""
    with ExitStack() as stack:

        def wired(**sandbox: Any) -> Wired:
            chosen: dict[str, Any] = {
                "not_known_share": 0.0,
                "failed_share": 0.0,
                "processing_seconds": (0.2, 0.6),
                "creation_spread_seconds": 0.1,
                "webhook_first_retry_seconds": 0.05,
            } | sandbox
            running = stack.enter_context(RunningSandbox(SandboxSettings(**chosen)))
            made = Wired(World(running, tmp_path / "data", clock=None), free_port())  # type: ignore[arg-type]  # its runs are in real time
            stack.enter_context(made.receivers)
            made.world.data_dir.mkdir(parents=True)
            asked = "".join(f"  {q.key}:\n    question: {q.text}\n" for q in made.world.questions)
            made.world.paths.questions_file.write_text(f"questions:\n{asked}", "utf-8")
            return made

        yield wired
