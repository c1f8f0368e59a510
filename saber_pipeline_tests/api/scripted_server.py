"""A server over raw sockets that replies by a script: it can also misbehave in ways no framework allows."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping


@dataclass(frozen=True)
class Received:
    """A request as it arrived. ``connection`` counts connections from 1."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class ScriptedReply:
    """One scripted reply.

    ``cut_at`` closes after so many bytes of the body, ``is_reset`` resets the connection with no reply
    at all, ``is_silent`` reads the request and then says nothing, ``drip_seconds`` sends byte by byte.
    """

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_at: int | None = None
    is_reset: bool = False
    is_silent: bool = False
    drip_seconds: float | None = None


def reply_json(value: Any, status: int = 200, **headers: str) -> ScriptedReply:
    """A JSON reply; header names are given with underscores."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return ScriptedReply(status=status, body=json.dumps(value).encode(), headers=named)


class ScriptedServer:
    """Replies by its script in order of arrival, with the last reply again and again; keeps what it received."""

    def __init__(self, *script: ScriptedReply, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.script = deque(script)
        self.received: list[Received] = []
        self._connections = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        port = self._server.sockets[0].getsockname()[1]
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{port}"

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._connections += 1
        try:
            await self._serve(reader, writer, self._connections)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            method, target, _ = first.split(" ")
            headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.received.append(Received(method, target, headers, body, connection))
            reply = self.script.popleft() if len(self.script) > 1 else self.script[0]
            if not await _send(reply, writer):
                return


async def _send(reply: ScriptedReply, writer: asyncio.StreamWriter) -> bool:
    """Send one reply; false when the connection is to be closed."""
    if reply.is_reset:
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False
    if reply.is_silent:
        await asyncio.Event().wait()
    lines = [f"HTTP/1.1 {reply.status} x"]
    lines += [f"{name}: {text}" for name, text in reply.headers.items()]
    if reply.status != 204:
        lines.append(f"Content-Length: {len(reply.body)}")
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    body = b"" if reply.status == 204 else reply.body[: reply.cut_at]
    if reply.drip_seconds is None:
        writer.write(body)
    else:
        for position in range(len(body)):
            writer.write(body[position : position + 1])
            await writer.drain()
            await asyncio.sleep(reply.drip_seconds)
    await writer.drain()
    return reply.cut_at is None
