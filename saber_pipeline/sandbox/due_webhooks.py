"""Webhooks that are due: which signals somebody wants to hear of, and when."""

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
"""The sandbox tells nobody beyond this machine."""


class Due(NamedTuple):
    """One signal's end to be told; ``ready_ms`` first, so that a heap has the next one at its head."""

    ready_ms: int
    signal_id: str
    url: str


class WebhookQueue:
    """Ends of signals to be told, by time; ``counts``: sent, taken, given_up."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._waiting: list[Due] = []

    def expect(self, signals: Iterable[Signal], urls: Mapping[str, str], *, told_until_ms: int) -> None:
        """Tell the addresses when the signals end; of those that ended before ``told_until_ms`` others have told."""
        for signal in signals:
            url = urls.get(signal.id)
            if url is None or urlsplit(url).hostname not in LOCAL or signal.outcome is Outcome.STUCK:
                continue
            if signal.ready_ms >= told_until_ms:
                heapq.heappush(self._waiting, Due(signal.ready_ms, signal.id, url))

    def take_due(self, now_ms: int) -> list[Due]:
        """What has ended by now, the earliest first."""
        due = []
        while self._waiting and self._waiting[0].ready_ms <= now_ms:
            due.append(heapq.heappop(self._waiting))
        return due
