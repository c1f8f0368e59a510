"""The queue of webhooks: one for each signal that has a webhook address, due when the signal ends."""

from __future__ import annotations

import heapq
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from saber_pipeline.sandbox.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from saber_pipeline.sandbox.records import Signal

LOCAL = {"127.0.0.1", "localhost"}
"""The sandbox sends webhooks to this machine only."""


class Due(NamedTuple):
    """The webhook for one signal's end. ``ready_ms`` comes first, so that the heap's head is the webhook due next."""

    ready_ms: int
    signal_id: str
    url: str


class WebhookQueue:
    """Webhooks for the ends of signals, ordered by time. ``counts`` has sent, taken and given_up."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._waiting: list[Due] = []

    def expect(self, signals: Iterable[Signal], urls: Mapping[str, str], *, told_until_ms: int) -> None:
        """Queue a webhook for each signal with an address. Ends before ``told_until_ms`` were told earlier."""
        for signal in signals:
            url = urls.get(signal.id)
            if url is None or urlsplit(url).hostname not in LOCAL or signal.outcome is Outcome.STUCK:
                continue
            if signal.ready_ms >= told_until_ms:
                heapq.heappush(self._waiting, Due(signal.ready_ms, signal.id, url))

    def take_due(self, now_ms: int) -> list[Due]:
        """Remove and return the webhooks that are due, the earliest first."""
        due = []
        while self._waiting and self._waiting[0].ready_ms <= now_ms:
            due.append(heapq.heappop(self._waiting))
        return due
