"""Silent and slow connections, and a log that nobody from outside can fill."""

from __future__ import annotations

import http.client
import logging
import socket
import threading
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from saber_pipeline.webhooks.connections import Places
from saber_pipeline.webhooks.receiver_app import SECONDS_BETWEEN, RareLines
from saber_pipeline.webhooks.receiver_server import server
from saber_pipeline_tests.webhooks.conftest import PATIENCE_SECONDS, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request


async def _count_bytes(request: Request) -> JSONResponse:
    return JSONResponse({"bytes": len(await request.body())}, 202)


@contextmanager
def serving(places: Places) -> Iterator[int]:
    """A server that counts the bytes of a body, in a thread; its port."""
    running = server(Starlette(routes=[Route("/{path:path}", _count_bytes, methods=["POST"])]), places)
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
    thread.start()
    assert eventually(lambda: running.started)
    try:
        yield listening.getsockname()[1]
    finally:
        running.should_exit = True
        thread.join(PATIENCE_SECONDS)


def post(port: int, body: bytes = b"{}") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    connection.request("POST", "/", body)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize(
    "begun", [b"", b"POST / HTTP/1.1\r\nHo", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1"]
)
def test_hundreds_of_silent_connections(begun: bytes) -> None:
    """Whatever hundreds of connections do not finish saying, a delivery gets in at once: the oldest makes way."""
    places = Places(most=20, receive_seconds=PATIENCE_SECONDS)
    with serving(places) as port, ExitStack() as stack:
        for _ in range(300):
            silent = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            silent.sendall(begun)
        assert [post(port) for _ in range(5)] == [202] * 5
        assert len(places.taken) <= 20
        assert places.made_way >= 280
        assert places.too_slow == 0


def test_a_slow_request_is_closed() -> None:
    """A request that has not arrived in its time is closed; one that has is answered on the same connection again."""
    places = Places(receive_seconds=0.3)
    with serving(places) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as slow:
            slow.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nsome")
            with suppress(ConnectionResetError):  # how an aborted connection may end
                assert slow.recv(100) == b""
        assert places.too_slow == 1
        kept = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        for _ in range(3):
            kept.request("POST", "/", b"x" * 200_000)
            assert kept.getresponse().read() == b'{"bytes":200000}'
        kept.close()
        assert eventually(lambda: not places.taken)


def test_the_log_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    """A thousand refusals make one line, and a minute later one more that tells how many there were."""
    now = 0.0
    lines = RareLines(logging.getLogger("saber_pipeline.webhooks.test"), lambda: now)
    with caplog.at_level(logging.WARNING):
        for _ in range(1_000):
            lines.warn("A request was refused.")
        lines.warn("Something else.")
        now = SECONDS_BETWEEN
        lines.warn("A request was refused.")
    assert [record.getMessage() for record in caplog.records] == [
        "A request was refused.",
        "Something else.",
        "A request was refused. (999 more since the last such line)",
    ]
