"""A server that takes alerts: what was posted to it, and how it answers."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from saber_pipeline_tests.testbed.http_listener import Silent, served_by

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Listener:
    """``statuses`` are answered one after another, then 200."""

    url: str = ""
    posts: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    @property
    def kinds(self) -> list[str]:
        return [post["kind"] for post in self.posts]

    def take(self) -> list[dict[str, Any]]:
        """What was posted since the last time."""
        taken, self.posts = self.posts, []
        return taken


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener at a free port of this machine."""
    listener = Listener()

    class Handler(Silent, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.raw.append(body)
            listener.headers.append(dict(self.headers.items()))
            status = listener.statuses.pop(0) if listener.statuses else 200
            if status == 200:
                listener.posts.append(json.loads(body))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{listener.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

    with served_by(Handler) as address:
        listener.url = f"{address}/hooks/secret-path"
        yield listener
