"""A server of Python's own, in a thread, for tests that decide themselves how a request is answered."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Silent:
    """For a handler that writes no line for each request."""

    def log_message(self, *_: object) -> None:
        """Keep the tests' output short."""


@contextmanager
def served_by(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    """Answers by ``handler`` on a free port of 127.0.0.1 until the block ends; gives the address, without a path."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
