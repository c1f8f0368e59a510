"""The receiver's connections. Silent and slow ones are closed, so that signed deliveries always find a place.

uvicorn itself waits for ever for the first request of a connection, and answers 503 to everybody once its limit is
reached. Here a request has some seconds to arrive. If all places are taken, the connection that has waited longest
without a complete request is closed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

RECEIVE_SECONDS = 10.0
"""How long a request may take to arrive, headers and body together."""

MOST_CONNECTIONS = 200


@dataclass
class Places:
    """The connections of one server. ``waiting``: those without a complete request, oldest first."""

    most: int = MOST_CONNECTIONS
    receive_seconds: float = RECEIVE_SECONDS
    waiting: dict[GuardedProtocol, None] = field(default_factory=dict)
    taken: set[GuardedProtocol] = field(default_factory=set)
    made_way: int = 0
    too_slow: int = 0

    def take(self, connection: GuardedProtocol) -> None:
        """Take a place for a new connection; if none is left, close the one that has waited longest."""
        if len(self.taken) >= self.most and self.waiting:
            oldest = next(iter(self.waiting))
            self.made_way += 1
            oldest.close_at_once()
        self.taken.add(connection)
        self.waiting[connection] = None

    def leave(self, connection: GuardedProtocol) -> None:
        self.taken.discard(connection)
        self.waiting.pop(connection, None)


class GuardedProtocol(H11Protocol):
    """One connection. It is closed if a request does not arrive in time."""

    places: Places  # set by ``guarded``

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.places.take(self)
        self._wait_for_a_request()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._timer is not None and self.cycle is not None and not self.cycle.more_body:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing() and (self.cycle is None or self.cycle.response_complete):
            self._wait_for_a_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self.places.leave(self)
        super().connection_lost(exc)

    def close_at_once(self) -> None:
        """Close without waiting for pending output."""
        self._stop_waiting()
        self.places.leave(self)
        self.transport.abort()

    def _wait_for_a_request(self) -> None:
        self._stop_waiting()
        self.places.waiting[self] = None
        self._timer = asyncio.get_running_loop().call_later(self.places.receive_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.places.waiting.pop(self, None)

    def _give_up(self) -> None:
        self.places.too_slow += 1
        self.close_at_once()


def guarded(places: Places) -> type[Any]:
    """The protocol for a server whose connections share ``places``."""
    return type("GuardedProtocolOfOneServer", (GuardedProtocol,), {"places": places})
