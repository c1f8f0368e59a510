"""Webhooks of the sandbox: signed, repeated until they are taken, never for what comes from the cache."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

import pytest

from saber_pipeline.sandbox.sandbox_settings import EnvelopeStyle

PATIENCE_SECONDS = 240.0

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from saber_pipeline_tests.sandbox.conftest import Caller, StartSandbox


class Listener:
    """A server that takes webhooks, after refusing the first ``refusals``."""

    def __init__(self, refusals: int = 0) -> None:
        self.bodies: list[bytes] = []
        self.signatures: list[str] = []
        self.refusals = refusals
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                is_refused = listener.refusals > 0
                listener.refusals -= is_refused
                if not is_refused:
                    listener.bodies.append(body)
                    listener.signatures.append(self.headers["X-Webhook-Signature"])
                self.send_response(500 if is_refused else 202)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing is to be read on the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def domains_posted(self) -> list[str]:
        return [json.loads(body)["data"]["domain"] for body in self.bodies]


@pytest.fixture
def listener() -> Iterator[Listener]:
    """One that takes everything."""
    with Listener() as started:
        yield started


def eventually(holds: Callable[[], bool]) -> bool:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not holds() and time.monotonic() < give_up:
        time.sleep(0.01)
    return holds()


def sent(api: Caller) -> dict[str, int]:
    counts: dict[str, int] = api.running.books(pairs=False)["webhooks"]
    return counts


def test_signed_and_sent_when_the_signal_ends(start: StartSandbox, listener: Listener) -> None:
    """Singles and batches tell of each signal's end, not before, with a signature over the very bytes."""
    api = start()
    api.create("a.com", webhookUrl=listener.url)
    api.batch(["b.com"], {"question": "What?", "webhookUrl": listener.url})
    assert listener.bodies == []
    api.running.advance(10)
    assert eventually(lambda: len(listener.bodies) == 2)
    assert sorted(listener.domains_posted()) == ["a.com", "b.com"]
    for body, signature in zip(listener.bodies, listener.signatures, strict=True):
        assert signature == hmac.new(b"whsec_sandbox", body, hashlib.sha256).hexdigest()
        assert json.loads(body)["event"] == "signal.completed"


def test_none_for_cache_hits_and_for_nobody_elsewhere(start: StartSandbox, listener: Listener) -> None:
    """A cache hit tells nobody, and an address beyond this machine is not told anything."""
    api = start()
    api.create("a.com")
    api.create("a.com", webhookUrl=listener.url)
    api.create("b.com", webhookUrl="http://example.com/hook")
    api.create("c.com", webhookUrl=listener.url)
    api.running.advance(10)
    assert eventually(lambda: sent(api).get("taken", 0) == 1)
    assert listener.domains_posted() == ["c.com"]
    assert sent(api) == {"sent": 1, "taken": 1}


def test_repeated_until_taken(start: StartSandbox) -> None:
    """A webhook that is refused comes again, and a failed signal has its own event."""
    with Listener(refusals=3) as listener:
        api = start(webhook_first_retry_seconds=0.01, failed_share=1.0, webhook_envelope=EnvelopeStyle.SIGNAL)
        api.create("a.com", webhookUrl=listener.url)
        api.running.advance(10)
        assert eventually(lambda: len(listener.bodies) == 1)
        assert json.loads(listener.bodies[0])["type"] == "signal.failed"
        assert eventually(lambda: sent(api) == {"sent": 4, "taken": 1})


def test_held_repeated_and_in_disorder(start: StartSandbox, listener: Listener) -> None:
    """Faults hold webhooks back, send them several times and out of order; nothing gets lost by that."""
    api = start()
    api.running.set_faults(effects={"webhooks_held": True})
    for name in "abc":
        api.create(f"{name}.com", webhookUrl=listener.url)
        api.running.advance(1)
    api.running.advance(20)
    assert sent(api) == {}
    api.running.set_faults(effects={"webhook_repeats": 2, "webhook_disorder": True})
    assert eventually(lambda: len(listener.bodies) == 9)
    assert {domain: listener.domains_posted().count(domain) for domain in ("a.com", "b.com", "c.com")} == {
        "a.com": 3,
        "b.com": 3,
        "c.com": 3,
    }


def test_a_restart_tells_of_what_ends_later(start: StartSandbox, listener: Listener, tmp_path: Path) -> None:
    """A sandbox with a state file still tells of signals that end after it was started again."""
    state = tmp_path / "state.jsonl"
    start(state_file=state).create("a.com", webhookUrl=listener.url)
    again = start(state_file=state)
    again.running.advance(10)
    assert eventually(lambda: "a.com" in listener.domains_posted())
