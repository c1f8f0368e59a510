"""Reads signals as soon as webhooks report them as ended. A webhook is only a hint: the signal is read by its id."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from saber_pipeline.api.signals import Signal
from saber_pipeline.api.unreadable_rows import is_signal_beyond_reading
from saber_pipeline.collection.signal_sink import SignalSink
from saber_pipeline.collection.signal_sources import SignalSource
from saber_pipeline.errors import ApiNotFoundError, ApiRefusedError, ApiReplyError
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.ledger.webhook_events import mark_read, mark_settled_events, unprocessed_events

READS_AT_ONCE = 128

MOST_BY_ID = 250
"""If more events are waiting, a run leaves them to its next poll, which reads whole pages."""


@dataclass(frozen=True)
class EventReader:
    """Reads the signals that events name, each from the first of ``sources`` that knows its id.

    An id that no source knows stays unread for other readers. If this reader ``is_last``, the event is marked as read.
    """

    ledger: Ledger
    sources: Sequence[SignalSource]
    is_last: bool = False
    tried: set[str] = field(default_factory=set, init=False)

    async def read(self, sink: SignalSink, *, received_before: float | None = None) -> int:
        """Read new events and land signals that answer pairs in flight; returns the number of settled pairs.

        Raises:
            ApiError: the API is unreachable, or refuses the key.
        """
        with self.ledger.reading() as connection:
            unread = unprocessed_events(connection, received_before=received_before)
        if any(object_id not in self.tried for object_id in unread):
            with self.ledger.transaction() as connection:
                mark_settled_events(connection)
                unread = unprocessed_events(connection, received_before=received_before)
        ids = [object_id for object_id in unread if object_id not in self.tried]
        if len(ids) > MOST_BY_ID and not self.is_last:
            return 0
        settled = 0
        for start in range(0, len(ids), READS_AT_ONCE):
            chunk = ids[start : start + READS_AT_ONCE]
            self.tried.update(chunk)
            found = await asyncio.gather(*(self._read_one(object_id, sink) for object_id in chunk))
            signals = [signal for signal in found if signal is not None]
            result = sink.take(signals)
            mine = set(result.settled.values())
            outcomes = {s.id: "landed" if s.id in mine else "nobody waits for it" for s in signals if s.is_done}
            if self.is_last:
                nothing = [object_id for object_id, signal in zip(chunk, found, strict=True) if signal is None]
                outcomes |= {
                    each: "it cannot be read" if sink.unreadable.is_known(each) else "no signal has this id"
                    for each in nothing
                }
            with self.ledger.transaction() as connection:
                mark_read(connection, outcomes)
            settled += len(result.settled)
        return settled

    async def _read_one(self, object_id: str, sink: SignalSink) -> Signal | None:
        for source in self.sources:
            try:
                return await source.by_id(object_id)
            except ApiNotFoundError:
                continue
            except ApiRefusedError as error:
                if error.status not in (400, 422):  # the API does not accept it as an id
                    raise
            except ApiReplyError as error:
                if not is_signal_beyond_reading(error.body, object_id):
                    raise
                sink.unreadable.note([error.body], signal_id=object_id)
                return None
        return None
