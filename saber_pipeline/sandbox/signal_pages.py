"""Pages of signals: newest created first, with an exact total."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saber_pipeline.sandbox.records import Signal
    from saber_pipeline.sandbox.sandbox_state import Sandbox
    from saber_pipeline.sandbox.signal_store import Moment, Timeline

ALL_STATUSES = frozenset({"processing", "completed", "failed"})
BEGINNING_US = -(1 << 62)
END_US = 1 << 62
KEPT_WINDOWS = 64
WALKED_OFFSET = 100


@dataclass(frozen=True)
class Filter:
    """The filter of a listing. The dates bound ``completedAt``, both ends included."""

    is_contact: bool = False
    subject: str | None = None
    statuses: frozenset[str] = frozenset()
    from_us: int | None = None
    to_us: int | None = None
    subscription_id: str | None = None

    @cached_property
    def wanted(self) -> frozenset[str]:
        """The statuses to list. A date hides signals without a completion time: processing and failed signals."""
        statuses = self.statuses or ALL_STATUSES
        if self.from_us is not None or self.to_us is not None:
            return statuses & {"completed"}
        return statuses


@dataclass(frozen=True)
class Page:
    signals: list[Signal]
    total: int


class Listing:
    """Answers listings. Closed completion windows are kept, because nothing in them can change."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._windows: dict[tuple[Filter, int], list[int]] = {}

    def page(self, asked_for: Filter, limit: int, offset: int) -> Page:
        now_ms = self._sandbox.clock.now_ms()
        store = self._sandbox.store
        timeline = store.timeline(is_contact=asked_for.is_contact, subject=asked_for.subject)
        wanted = asked_for.wanted
        if asked_for.subscription_id is not None or wanted not in (
            frozenset(), ALL_STATUSES, {"processing"}, {"completed"}, {"failed"}, {"completed", "failed"},
        ):  # fmt: skip
            return self._by_scan(asked_for, timeline, now_ms, limit=limit, offset=offset)
        if not wanted:
            return Page([], 0)
        if wanted == ALL_STATUSES:
            visible = timeline.visible(now_ms)
            last = max(visible - offset, 0)
            newest_first = timeline.created[max(last - limit, 0) : last][::-1]
            return Page([store.signals[position] for _, position in newest_first], visible)
        if wanted == {"processing"}:
            return self._by_walk(
                "processing", timeline.processing(now_ms), timeline, now_ms, limit=limit, offset=offset
            )
        is_open = asked_for.from_us is None and (asked_for.to_us is None or asked_for.to_us >= now_ms * 1000)
        if wanted == {"completed"} and is_open and offset <= WALKED_OFFSET:
            return self._by_walk(
                "completed", timeline.completed_by(now_ms), timeline, now_ms, limit=limit, offset=offset
            )
        positions = self._settled(asked_for, timeline, now_ms)
        return Page([store.signals[position] for position in positions[offset : offset + limit]], len(positions))

    def _settled(self, asked_for: Filter, timeline: Timeline, now_ms: int) -> list[int]:
        """Positions of completed and failed signals, newest created first."""
        from_us = BEGINNING_US if asked_for.from_us is None else asked_for.from_us
        to_us = END_US if asked_for.to_us is None else asked_for.to_us
        is_closed = to_us < now_ms * 1000 and "failed" not in asked_for.wanted
        key = (asked_for, self._sandbox.store.version)
        if is_closed and key in self._windows:
            return self._windows[key]
        moments: list[Moment] = []
        if "completed" in asked_for.wanted:
            moments += timeline.completed_between(-(-from_us // 1000), min(to_us // 1000, now_ms))
        if "failed" in asked_for.wanted:
            moments += timeline.failed_until(now_ms)
        positions = [position for _, position in moments]
        signals = self._sandbox.store.signals
        positions.sort(key=lambda position: (signals[position].created_ms, position), reverse=True)
        if is_closed:
            if len(self._windows) >= KEPT_WINDOWS:
                self._windows.pop(next(iter(self._windows)))
            self._windows[key] = positions
        return positions

    def _by_walk(self, status: str, total: int, timeline: Timeline, now_ms: int, *, limit: int, offset: int) -> Page:
        """Walk from the newest signal. The caller knows the total, and a page near the start takes a few steps."""
        found: list[Signal] = []
        skipped = 0
        for signal in self._newest_first(timeline, now_ms):
            if len(found) == limit or skipped + len(found) == total:
                break
            if signal.status(now_ms) == status:
                if skipped < offset:
                    skipped += 1
                else:
                    found.append(signal)
        return Page(found, total)

    def _by_scan(self, asked_for: Filter, timeline: Timeline, now_ms: int, *, limit: int, offset: int) -> Page:
        """Look at every signal, for rare combinations of filters."""
        found = [
            signal
            for signal in self._newest_first(timeline, now_ms)
            if signal.status(now_ms) in asked_for.wanted
            and (asked_for.subscription_id is None or signal.subscription_id == asked_for.subscription_id)
            and (asked_for.from_us is None or signal.ready_ms * 1000 >= asked_for.from_us)
            and (asked_for.to_us is None or signal.ready_ms * 1000 <= asked_for.to_us)
        ]
        return Page(found[offset : offset + limit], len(found))

    def _newest_first(self, timeline: Timeline, now_ms: int) -> Iterator[Signal]:
        signals = self._sandbox.store.signals
        for index in range(timeline.visible(now_ms) - 1, -1, -1):
            yield signals[timeline.created[index][1]]
