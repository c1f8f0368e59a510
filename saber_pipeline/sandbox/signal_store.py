"""The signals of a sandbox, with the indexes that make every listing cheap."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from saber_pipeline.sandbox.records import Asked, Signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Moment = tuple[int, int]  # (milliseconds, position in SignalStore.signals)
FOREVER = 1 << 62
FEW = 100


@dataclass
class Timeline:
    """Positions of some signals, sorted by creation, by completion and by failure."""

    created: list[Moment] = field(default_factory=list)
    completed: list[Moment] = field(default_factory=list)
    failed: list[Moment] = field(default_factory=list)

    def add(self, position: int, signal: Signal) -> None:
        insort(self.created, (signal.created_ms, position))
        if signal.is_known:
            insort(self.completed, (signal.ready_ms, position))
        elif signal.will_fail:
            insort(self.failed, (signal.ready_ms, position))

    def add_many(self, numbered: list[tuple[int, Signal]]) -> None:
        """Add signals. Sorting once is far cheaper than inserting 20,000 signals, and dearer than inserting a few."""
        if len(numbered) <= FEW:
            for position, signal in numbered:
                self.add(position, signal)
            return
        self.created += [(signal.created_ms, position) for position, signal in numbered]
        self.completed += [(signal.ready_ms, position) for position, signal in numbered if signal.is_known]
        self.failed += [(signal.ready_ms, position) for position, signal in numbered if signal.will_fail]
        for moments in (self.created, self.completed, self.failed):
            moments.sort()

    def visible(self, now_ms: int) -> int:
        """The number of signals in ``created`` that exist by now."""
        return bisect_right(self.created, (now_ms, FOREVER))

    def completed_between(self, from_ms: int, to_ms: int) -> list[Moment]:
        return self.completed[
            bisect_left(self.completed, (from_ms, -1)) : bisect_right(self.completed, (to_ms, FOREVER))
        ]

    def completed_by(self, now_ms: int) -> int:
        return bisect_right(self.completed, (now_ms, FOREVER))

    def failed_until(self, now_ms: int) -> list[Moment]:
        return self.failed[: bisect_right(self.failed, (now_ms, FOREVER))]

    def processing(self, now_ms: int) -> int:
        failed = bisect_right(self.failed, (now_ms, FOREVER))
        return self.visible(now_ms) - self.completed_by(now_ms) - failed


class SignalStore:
    """All signals in the order of their purchase. Nothing is ever removed."""

    def __init__(self) -> None:
        self.signals: list[Signal] = []
        self.asked: list[Asked] = []
        self.companies = Timeline()
        self.contacts = Timeline()
        self.version = 0
        self._by_id: dict[str, int] = {}
        self._by_subject: dict[tuple[bool, str], Timeline] = {}
        self._asked_number: dict[Asked, int] = {}
        self._newest: dict[tuple[int, str], int] = {}

    def number_of(self, asked: Asked) -> int | None:
        """The position of ``asked`` in the table. None if nobody has asked it yet."""
        return self._asked_number.get(asked)

    def add(self, new_asked: Iterable[Asked], signals: Iterable[Signal]) -> None:
        for asked in new_asked:
            self._asked_number[asked] = len(self.asked)
            self.asked.append(asked)
        numbered = list(enumerate(signals, start=len(self.signals)))
        self.version += 1
        by_kind: dict[bool, list[tuple[int, Signal]]] = {False: [], True: []}
        for position, signal in numbered:
            is_contact = self.asked[signal.asked].is_contact
            self.signals.append(signal)
            self._by_id[signal.id] = position
            self._newest[(signal.asked, signal.subject)] = position
            self._by_subject.setdefault((is_contact, signal.subject), Timeline()).add(position, signal)
            by_kind[is_contact].append((position, signal))
        self.companies.add_many(by_kind[False])
        self.contacts.add_many(by_kind[True])

    def surface(self, signal_id: str, created_ms: int) -> None:
        """Let a signal that was still to be created exist from ``created_ms`` on."""
        position = self._by_id[signal_id]
        signal = self.signals[position]
        is_contact = self.asked[signal.asked].is_contact
        for timeline in (
            self.timeline(is_contact=is_contact),
            self._by_subject[(is_contact, signal.subject)],
        ):
            del timeline.created[bisect_left(timeline.created, (signal.created_ms, position))]
            insort(timeline.created, (created_ms, position))
        signal.created_ms = created_ms
        self.version += 1

    def timeline(self, *, is_contact: bool, subject: str | None = None) -> Timeline:
        if subject is not None:
            return self._by_subject.get((is_contact, subject), Timeline())
        return self.contacts if is_contact else self.companies

    def get(self, signal_id: str) -> Signal | None:
        position = self._by_id.get(signal_id)
        return None if position is None else self.signals[position]

    def newest(self, asked_number: int, subject: str) -> Signal | None:
        """The last signal bought for a pair, whether or not the signal exists yet."""
        position = self._newest.get((asked_number, subject))
        return None if position is None else self.signals[position]

    def history(self, signal: Signal) -> Iterator[Signal]:
        """The earlier signals of the same pair, newest first."""
        previous = self.get(signal.previous_id)
        while previous is not None:
            yield previous
            previous = self.get(previous.previous_id)
