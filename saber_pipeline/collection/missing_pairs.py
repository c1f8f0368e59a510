"""Looks up missing pairs one by one: answers served from the API's cache, and lost signals.

An answer from the cache completed before the purchase, so no window after the purchase contains it. Only the listing
of its own domain does.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from saber_pipeline.api.signals import Signal
from saber_pipeline.collection.signal_sink import LookUp, SignalSink
from saber_pipeline.collection.signal_sources import SignalSource
from saber_pipeline.errors import ApiNotFoundError, ApiRefusedError
from saber_pipeline.ledger.awaited_pairs import AwaitedPair
from saber_pipeline.ledger.claims import Pair

logger = logging.getLogger(__name__)

SUBJECTS_AT_ONCE = 256


@dataclass
class GapsRead:
    """The result of looking pairs up.

    ``unseen``: pairs for which no listing shows a purchased signal. ``cached``: pairs whose subject's listing has a
    signal so young that the API may serve it again. ``proven``: ids of submissions that had their effect.
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
    """Look each pair up, by its signal id if known, otherwise by its subject.

    ``all_created``: the API has had time to create all signals. So a pair without a new one was served from the cache,
    possibly with an older failure. ``is_last_lookup``: if nothing is found, the purchase counts as never arrived.
    """
    read = GapsRead()
    by_id = [gap for gap in gaps if gap.signal_id is not None]
    by_subject: dict[str, list[AwaitedPair]] = defaultdict(list)
    for gap in gaps:
        if gap.signal_id is None:
            by_subject[gap.pair.subject].append(gap)
    for start in range(0, len(by_id), SUBJECTS_AT_ONCE):
        chunk = by_id[start : start + SUBJECTS_AT_ONCE]
        found = await asyncio.gather(*(_read_by_id(source, gap.signal_id or "") for gap in chunk))
        # If the id is unknown or belongs to another pair's signal, look the pair up by its subject.
        for gap in _take(sink, read, chunk, [signal for signal in found if signal is not None]):
            by_subject[gap.pair.subject].append(gap)
    subjects = list(by_subject)
    for start in range(0, len(subjects), SUBJECTS_AT_ONCE):
        chunk_subjects = subjects[start : start + SUBJECTS_AT_ONCE]
        listed = await asyncio.gather(*(_read_by_subject(source, subject) for subject in chunk_subjects))
        looked_up = [gap for subject in chunk_subjects for gap in by_subject[subject]]
        signals = [signal for signals in listed for signal in signals]
        read.cached |= sink.may_be_cached(signals)
        unseen = _take(sink, read, looked_up, signals)
        if all_created:
            unseen = _take(sink, read, unseen, signals, nothing_newer=True)
        if is_last_lookup and not read.proven:
            unseen = _take(sink, read, unseen, signals, is_last=True)
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
    **how: bool,
) -> list[AwaitedPair]:
    """Take the found signals, as ``LookUp`` says; returns the pairs that they do not answer."""
    result = sink.take(signals, LookUp({gap.pair.subject for gap in looked_up}, **how))
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
        # If there are more rows than the total says, only a page without new signals is the end.
        if (offset == page.total and page.total_is_exact) or (len(signals) == known and not page.unreadable):
            return list(signals.values())
