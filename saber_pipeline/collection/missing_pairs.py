"""Reading pair by pair what is still missing: answers served from the cache, and what got lost.

An answer from the API's cache completed before it was asked for, so no window behind the purchase shows
it; only the listing of its own domain does.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from saber_pipeline.api.signals import Signal
from saber_pipeline.collection.signal_sink import SignalSink
from saber_pipeline.collection.signal_sources import SignalSource
from saber_pipeline.errors import ApiNotFoundError, ApiRefusedError
from saber_pipeline.ledger.awaited_pairs import AwaitedPair
from saber_pipeline.ledger.claims import Pair

logger = logging.getLogger(__name__)

SUBJECTS_AT_ONCE = 256


@dataclass
class GapsRead:
    """What became of the pairs that were looked up.

    ``unseen``: no listing shows anything bought for them; ``cached``: their subject's listing has a signal so
    young that the API may serve it again.
    """

    settled: int = 0
    unseen: list[AwaitedPair] = field(default_factory=list)
    proven: set[str] = field(default_factory=set)
    cached: set[Pair] = field(default_factory=set)


async def read_gaps(
    source: SignalSource,
    sink: SignalSink,
    gaps: Sequence[AwaitedPair],
    *,
    all_created: bool = False,
    is_last_lookup: bool = False,
) -> GapsRead:
    """Look each pair up: by signal id where one is known, else by its subject.

    ``all_created``: the API has had its time to create what was bought, so that a pair for which it shows
    nothing new was served from its cache, if only with an older failure. ``is_last_lookup``: where nothing is found,
    the purchase is taken not to have arrived.
    """
    read = GapsRead()
    by_id = [gap for gap in gaps if gap.signal_id is not None]
    by_subject: dict[str, list[AwaitedPair]] = defaultdict(list)
    for gap in gaps:
        if gap.signal_id is None:
            by_subject[gap.pair.subject].append(gap)
    for start in range(0, len(by_id), SUBJECTS_AT_ONCE):
        some = by_id[start : start + SUBJECTS_AT_ONCE]
        found = await asyncio.gather(*(_read_by_id(source, gap.signal_id or "") for gap in some))
        # An id that leads nowhere, or to another pair's signal, is no reason to give up on the pair.
        for gap in _take(sink, read, some, [signal for signal in found if signal is not None]):
            by_subject[gap.pair.subject].append(gap)
    subjects = list(by_subject)
    for start in range(0, len(subjects), SUBJECTS_AT_ONCE):
        some_subjects = subjects[start : start + SUBJECTS_AT_ONCE]
        listed = await asyncio.gather(*(_read_by_subject(source, subject) for subject in some_subjects))
        looked_up = [gap for subject in some_subjects for gap in by_subject[subject]]
        signals = [signal for signals in listed for signal in signals]
        read.cached |= sink.may_be_cached(signals)
        unseen = _take(sink, read, looked_up, signals)
        if all_created:
            unseen = _take(sink, read, unseen, signals, nothing_newer=True)
        if is_last_lookup and not read.proven:
            unseen = _take(sink, read, unseen, signals, is_last_lookup=True)
        if all_created:
            held = sink.hold_back(unseen)
            read.settled += len(held)
            unseen = [gap for gap in unseen if gap.pair not in held]
        read.unseen.extend(unseen)
    return read


def _take(
    sink: SignalSink,
    read: GapsRead,
    looked_up: Sequence[AwaitedPair],
    signals: Iterable[Signal],
    *,
    nothing_newer: bool = False,
    is_last_lookup: bool = False,
) -> list[AwaitedPair]:
    """Take what was found; returns the pairs that it shows nothing of."""
    wanted = {gap.pair.subject for gap in looked_up}
    result = sink.take(signals, subjects=wanted, nothing_newer=nothing_newer, is_last_lookup=is_last_lookup)
    read.settled += len(result.settled)
    read.proven |= result.proven
    seen: set[Pair] = result.settled.keys() | result.processing.keys()
    return [gap for gap in looked_up if gap.pair not in seen]


async def _read_by_id(source: SignalSource, signal_id: str) -> Signal | None:
    try:
        return await source.by_id(signal_id)
    except ApiNotFoundError:
        return None


async def _read_by_subject(source: SignalSource, subject: str) -> list[Signal]:
    signals: dict[str, Signal] = {}
    offset = 0
    while True:
        try:
            page = await source.of_subject(subject, offset=offset)
        except ApiRefusedError as error:
            if error.status not in (400, 404, 422):
                raise
            logger.warning("The API does not list the signals of %s: %s", subject, error)
            return list(signals.values())
        known = len(signals)
        signals.update((signal.id, signal) for signal in page.signals)
        offset += max(1, len(page.signals) + len(page.unreadable))
        # More rows than the total says: it lies, and only a page without anything new is the end.
        if offset == page.total or (len(signals) == known and not page.unreadable):
            return list(signals.values())
