"""A local API that is never the bottleneck: no state for a signal but its number, no framework, one process.

It takes asynchronous batches and lists their signals. All of them are processing until its clock is moved
past their end by ``POST /_bench/finish``; then they have completed one after the other, evenly spaced. That is
what windows of completion times need, and what lets any slice of them be found without a search.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import msgspec
import uvloop

from benchmarks.signals import Template, page, templates_for

RESEARCH_SECONDS = 60
SIGNALS_PER_SECOND = 270
"""So many complete in a second, as with a live batch of 20,000 in a bit over a minute."""

LISTING, BATCHES = "/v1/companies/signals", "/v1/companies/signals/batch"
PAGE_MOST = 25


@dataclass
class Batch:
    """A purchase: signal ``first + i`` is about domain ``i // questions``; it completes at ``starts_ms`` and later."""

    first: int
    templates: list[list[Template]]
    domains: list[bytes]
    created: bytes
    starts_ms: int

    @property
    def signals(self) -> int:
        return len(self.templates) * len(self.domains)


class Api:
    """What was bought, and the pages of it."""

    def __init__(self) -> None:
        self.latency_seconds = 0.0
        self.counts: Counter[str] = Counter()
        self._ahead_seconds = 0.0
        self._batches: list[Batch] = []
        self._firsts: list[int] = []
        self._templates: dict[tuple[str, str], list[Template]] = {}
        self._domains: dict[bytes, list[tuple[Batch, int]]] = {}

    def now(self) -> float:
        """Its own time, seconds since 1970."""
        return time.time() + self._ahead_seconds

    def reply(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        """Status and body for a request."""
        path, _, query = target.partition("?")
        self.counts[f"{method} {path}"] += 1
        if method == "GET" and path == LISTING:
            return 200, self._list(parse_qs(query))
        if method == "POST" and path == BATCHES:
            return 202, self._buy(msgspec.json.decode(body))
        if path == "/v1/credits":
            return 200, b'{"remainingCredits":100000000}'
        if path.startswith("/_bench/"):
            return 200, self._control(path.removeprefix("/_bench/"), body)
        return 404, b'{"error":{"type":"NOT_FOUND","code":"NOT_FOUND","requestId":"bench"}}'

    def _control(self, what: str, body: bytes) -> bytes:
        if what == "finish" and self._batches:
            last = self._batches[-1]
            end = last.starts_ms / 1000 + last.signals / SIGNALS_PER_SECOND
            self._ahead_seconds = max(self._ahead_seconds, end + 60 - time.time())
        if what == "latency":
            self.latency_seconds = float(body)
        if what == "forget_counts":
            self.counts.clear()
        if what == "bought":
            return msgspec.json.encode(self._bought())
        return msgspec.json.encode(self.counts)

    def _bought(self) -> dict[str, int]:
        """Signals that were bought, and how many different pairs of a domain and a question they are about."""
        pairs = sum(
            len({id(templates) for batch, _ in found for templates in batch.templates})
            for found in self._domains.values()
        )
        return {"signals": sum(batch.signals for batch in self._batches), "pairs": pairs}

    def _buy(self, body: dict[str, Any]) -> bytes:
        now = self.now()
        starts_ms = int(1000 * (now + RESEARCH_SECONDS))
        first = 0
        if self._batches:
            before = self._batches[-1]
            first = before.first + before.signals
            starts_ms = max(starts_ms, before.starts_ms + _span_ms(before.signals))
        templates = [self._templates_of(item) for item in body["signals"]]
        domains = [domain.encode() for domain in body["domains"]]
        batch = Batch(first, templates, domains, _iso(int(1000 * now)), starts_ms)
        self._batches.append(batch)
        self._firsts.append(first)
        for position, domain in enumerate(domains):
            self._domains.setdefault(domain, []).append((batch, position))
        reply = {"batchId": f"b{first}", "submittedAt": batch.created.decode(), "totalSignals": batch.signals}
        return msgspec.json.encode({**reply, "status": "accepted", "async": True})

    def _templates_of(self, item: dict[str, Any]) -> list[Template]:
        key = (item["question"], item["answerType"])
        if key not in self._templates:
            self._templates[key] = templates_for(*key, item.get("outputSchema"))
        return self._templates[key]

    def _list(self, query: dict[str, list[str]]) -> bytes:
        limit, offset = int(query.get("limit", ["25"])[0]), int(query.get("offset", ["0"])[0])
        limit = min(limit, PAGE_MOST)
        if "domain" in query:
            found = self._of_domain(query["domain"][0].encode())
            return page(found[offset : offset + limit], total=len(found), limit=limit, offset=offset)
        done = self._completed_until(int(1000 * self.now()))
        status = query.get("status", ["completed"])
        if status == ["completed"]:
            low = self._completed_until(_ms(query["fromDate"][0]) - 1) if "fromDate" in query else 0
            high = min(done, self._completed_until(_ms(query["toDate"][0]))) if "toDate" in query else done
        elif status == ["processing"]:
            low = done
            high = self._firsts[-1] + self._batches[-1].signals if self._batches else 0
        else:
            low = high = 0
        total = max(0, high - low)
        newest_first = range(high - 1 - offset, max(low - 1, high - 1 - offset - limit), -1)
        return page([self._render(n) for n in newest_first], total=total, limit=limit, offset=offset)

    def _completed_until(self, moment_ms: int) -> int:
        """How many signals have completed by then; they complete in the order of their numbers."""
        for batch in reversed(self._batches):
            if batch.starts_ms <= moment_ms:
                since = (moment_ms - batch.starts_ms) * SIGNALS_PER_SECOND // 1000 + 1
                return batch.first + min(batch.signals, since)
        return 0

    def _of_domain(self, domain: bytes) -> list[bytes]:
        return [
            self._render(batch.first + position * len(batch.templates) + question)
            for batch, position in self._domains.get(domain, ())
            for question in range(len(batch.templates))
        ]

    def _render(self, number: int) -> bytes:
        batch = self._batches[bisect_right(self._firsts, number) - 1]
        position, question = divmod(number - batch.first, len(batch.templates))
        variants = batch.templates[question]
        completed = _iso(batch.starts_ms + _span_ms(number - batch.first))
        filled = (b"5a6e%032x" % number, batch.domains[position], batch.created, completed)
        return variants[position % len(variants)].fill(filled)


def _span_ms(signals: int) -> int:
    return -(-1000 * signals // SIGNALS_PER_SECOND)


def _iso(ms: int) -> bytes:
    seconds, rest = divmod(ms, 1000)
    year, month, day, hour, minute, second, *_ = time.gmtime(seconds)
    return b"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ" % (year, month, day, hour, minute, second, rest)


def _ms(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int(1000 * (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, as much of it as the clients here speak."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own type is no subclass of it

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
            size = int(headers.get("content-length", 0))
            if len(self._buffer) < end + 4 + size:
                return
            body = self._buffer[end + 4 : end + 4 + size]
            self._buffer = self._buffer[end + 4 + size :]
            method, target, _ = head[0].split(" ")
            parts = urlsplit(target)
            self._answer(method, f"{parts.path}?{parts.query}", body, closes=headers.get("connection") == "close")

    def _answer(self, method: str, target: str, body: bytes, *, closes: bool) -> None:
        status, reply = self._api.reply(method, target, body)
        head = (
            f"HTTP/1.1 {status} Bench\r\nContent-Type: application/json\r\nContent-Length: {len(reply)}\r\n"
            f"Date: {formatdate(self._api.now(), usegmt=True)}\r\n"
            "X-Ratelimit-Limit: 100000\r\nX-Ratelimit-Remaining: 99999\r\n"
            f"X-Ratelimit-Reset: {int(self._api.now()) + 60}\r\n"
            f"Connection: {'close' if closes else 'keep-alive'}\r\n\r\n"
        )
        whole = head.encode() + reply
        if self._api.latency_seconds and not target.startswith("/_bench/"):
            asyncio.get_running_loop().call_later(self._api.latency_seconds, self._send, whole, closes)
        else:
            self._send(whole, closes)

    def _send(self, whole: bytes, closes: bool) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(whole)
        if closes:
            self._transport.close()


async def serve(ready_file: Path) -> None:
    """Serve until the process is ended; the address goes into ``ready_file``."""
    api = Api()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(api), "127.0.0.1", 0, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    partial = ready_file.with_suffix(".partial")
    partial.write_text(f"http://127.0.0.1:{port}")
    partial.rename(ready_file)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("ready_file", type=Path)
    parser.add_argument("--signals-per-second", type=int, default=SIGNALS_PER_SECOND)
    parser.add_argument("--research-seconds", type=int, default=RESEARCH_SECONDS)
    arguments = parser.parse_args()
    SIGNALS_PER_SECOND, RESEARCH_SECONDS = arguments.signals_per_second, arguments.research_seconds
    uvloop.run(serve(arguments.ready_file))
