"""An API that repeats the key it was sent, in whatever its successful replies and its refusals say."""

from __future__ import annotations

import itertools
import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import httpx

from saber_pipeline_tests.testbed.http_listener import Silent, served_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AS_IT_IS = re.compile(
    "id|signalId|batchId|listId|externalId|externalSource|domain|question|contactProfileUrl|linkedInProfileUrl|firstName"
    "|lastName|role|status|type|signalType|answerType|mode|verificationMode|weight|qualification|code|errorCode"
    "|changeType|createdAt|updatedAt|completedAt|submittedAt|deletedAt"
)
"""Members that say what a reply is about: with something behind them it would be about something else."""

HERE = "@key@"


@dataclass
class EchoingApi:
    """Stands in front of another API. ``spellings`` give the key as a text of JSON, each in its turn."""

    behind: str
    key: str
    url: str = ""
    refused: dict[str, int] = field(default_factory=dict)  # the next requests whose path ends so get this status
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, verify=False, timeout=30))  # noqa: S501 - no TLS
    _turn: Iterator[Callable[[str], str]] = field(default_factory=lambda: itertools.cycle(SPELLINGS))

    def reply(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        """Status, request id and body of the answer to a request."""
        for ending, status in list(self.refused.items()):
            if target.partition("?")[0].endswith(ending):
                del self.refused[ending]
                said = {"type": f"T {HERE}", "code": "NO", "message": f"No: {HERE}", "requestId": HERE}
                told = {"error": {**said, "fields": [{"field": HERE, "message": HERE}], HERE: HERE}}
                return status, self.key, self._spelt(told)
        answer = self._http.request(method, self.behind + target, headers=headers, content=body)
        if not answer.is_success or not answer.content:
            return answer.status_code, "", answer.content
        return answer.status_code, self.key, self._spelt(_echoed(answer.json()))

    def _spelt(self, value: Any) -> bytes:
        first, *rest = json.dumps(value, ensure_ascii=False).split(HERE)
        return "".join([first, *(next(self._turn)(self.key) + part for part in rest)]).encode()


SPELLINGS: tuple[Callable[[str], str], ...] = (
    lambda key: key,
    lambda key: "".join(f"\\u{ord(character):04x}" for character in key),
    lambda key: key.replace("_", "\\u005F"),
    lambda key: key.replace("_", "%5F"),
    lambda key: "".join(f"%{ord(character):02x}" for character in key),
    lambda key: key.replace("e", "%65").replace("_", "\\u005f"),
    lambda key: f'{{\\"key\\": \\"{key}\\"}}',
)


def _echoed(value: Any) -> Any:
    """The same with the key in every text that may say anything, and as a member that no version knows."""
    if isinstance(value, list):
        return [_echoed(item) for item in value]
    if not isinstance(value, dict):
        return f"{value}{'?k=' if value.startswith('http') else ' '}{HERE}" if isinstance(value, str) else value
    told = {name: inner if AS_IT_IS.fullmatch(name) else _echoed(inner) for name, inner in value.items()}
    return {**told, f"x{HERE}": HERE}


@contextmanager
def echoing(behind: str, key: str) -> Iterator[EchoingApi]:
    """An echoing API at a free port of this machine, in front of the one at the address ``behind``."""
    api = EchoingApi(behind, key)

    class Handler(Silent, BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sent = {n: v for n, v in self.headers.items() if n.lower() not in ("host", "connection", "accept-encoding")}
            assert sent["Authorization"] == f"Bearer {key}"
            status, request_id, reply = api.reply(self.command, self.path, sent, body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Request-Id", request_id)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        do_POST = do_GET  # noqa: N815 - http.server's name for it

    with served_by(Handler) as address:
        api.url = address
        yield api
