"""Handles webhook events that no run reads: reads signals by id, lands, settles, publishes when idle. Never buys."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from saber_pipeline.api.client import SaberClient
from saber_pipeline.collection.signal_sink import SignalSink
from saber_pipeline.collection.signal_sources import source_of
from saber_pipeline.collection.unreadable_signals import UnreadableRows
from saber_pipeline.collection.webhook_wakeups import EventReader
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.subject_kinds import KINDS
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import PipelineError
from saber_pipeline.ledger.pairs_in_flight import close_submissions
from saber_pipeline.ledger.pending_firmographics import has_companies
from saber_pipeline.ledger.research import research_with_id
from saber_pipeline.ledger.runs import live_runs
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.ledger.webhook_events import forget_old_events, is_anybody_waiting, mark_read, unprocessed_events
from saber_pipeline.runs.configuration import configured_questions
from saber_pipeline.runs.publication import publish_pending
from saber_pipeline.runs.research.research_reader import ResearchReader
from saber_pipeline.warehouse.landed_records import RecordKind, land_records
from saber_pipeline.warehouse.landing import LandingWriter, landing_stem, utc_now

logger = logging.getLogger(__name__)

STOP_SECONDS = 20.0


@dataclass(frozen=True)
class WorkerIntervals:
    """Seconds.

    ``grace``: how long events are left to a live run. ``look``: how often to check without being woken. ``again``: when
    to read signals again that had not ended. ``quiet``: publish after this long without events.
    """

    grace: float = 15.0
    look: float = 5.0
    quiet: float = 10.0
    again: float = 60.0


@dataclass
class WebhookWorker:
    """Runs in its own thread, so that webhooks are answered at once."""

    settings: Settings
    ledger: Ledger
    new_client: Callable[[], SaberClient]
    intervals: WorkerIntervals = field(default_factory=WorkerIntervals)
    _woken: threading.Event = field(default_factory=threading.Event)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _landing_numbers: count[int] = field(default_factory=count)
    _token: str = field(default_factory=lambda: uuid.uuid4().hex)
    _publish_at: float | None = None

    def wake(self) -> None:
        self._woken.set()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Work until the block ends."""
        thread = threading.Thread(target=self._work, name="saber-webhooks", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            self._woken.set()
            thread.join(STOP_SECONDS)

    def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                asyncio.run(self._take_events())
            except Exception:  # webhooks keep arriving, so the worker must not end
                logger.exception("Reading the signals that webhooks announced failed; the receiver retries.")
                self._stopped.wait(self.intervals.again)

    async def _take_events(self) -> None:
        with self.ledger.transaction() as connection:
            forget_old_events(connection)
        async with self.new_client() as client:
            while not self._stopped.is_set():
                reader = EventReader(self.ledger, [source_of(client, kind) for kind in KINDS], is_last=True)
                read_again_at = time.monotonic() + self.intervals.again
                while time.monotonic() < read_again_at and not self._stopped.is_set():
                    self._woken.clear()
                    await self._look(client, reader)
                    self._woken.wait(self.intervals.look)

    async def _look(self, client: SaberClient, reader: EventReader) -> None:
        try:
            waiting = self._is_anybody_waiting()
            settled = await self._take(client, reader, received_before=time.time() - self.intervals.grace * waiting)
            if self._publish_at is None and self._has_companies():
                self._publish_at = time.monotonic() + self.intervals.quiet
            if settled:
                self._publish_at = time.monotonic() + self.intervals.quiet
                logger.info("%d answers were read and landed.", settled)
            if self._publish_at is not None and time.monotonic() >= self._publish_at and not waiting:
                self._publish_at = time.monotonic() + self.intervals.again  # in case it fails
                self._publish()
                self._publish_at = None
        except PipelineError as error:
            logger.warning("Webhook events are waiting: %s", error)

    def _has_companies(self) -> bool:
        """Whether firmographics are waiting for a publication, which lands them."""
        with self.ledger.reading() as connection:
            return has_companies(connection)

    def _is_anybody_waiting(self) -> bool:
        with self.ledger.reading() as connection:
            return is_anybody_waiting(connection, live_runs(connection, lease_seconds=self.settings.lease_seconds))

    async def _take(self, client: SaberClient, reader: EventReader, *, received_before: float) -> int:
        settled = await self._take_researches(client, received_before=received_before)
        with self.ledger.reading() as connection:
            if not unprocessed_events(connection, received_before=received_before, limit=1):
                return settled
        sink = SignalSink(
            self.ledger,
            self._new_landing_writer,
            unreadable=UnreadableRows(
                partial(land_records, DataPaths.of(self.settings), RecordKind.UNREADABLE_SIGNALS, run_id=self._token)
            ),
            cache_hours=self.settings.api_cache_hours,
            stuck_after_hours=self.settings.stuck_after_hours,
            now=client.server_clock.earliest,
            stopwatch=client.stopwatch,
        )
        settled += await reader.read(sink, received_before=received_before)
        with self.ledger.transaction() as connection:
            close_submissions(connection)
        return settled

    async def _take_researches(self, client: SaberClient, *, received_before: float) -> int:
        with self.ledger.reading() as connection:
            unread = unprocessed_events(connection, received_before=received_before)
            found = [(object_id, research_with_id(connection, object_id)) for object_id in unread]
        purchases = [purchase for _, purchase in found if purchase is not None]
        if not purchases:
            return 0
        paths = DataPaths.of(self.settings)
        reader = ResearchReader(
            client,
            self.ledger,
            paths,
            run_id=self._token,
            stuck_hours=self.settings.stuck_after_hours,
            price=self.settings.credits_per_signal,
        )
        ended = await reader.read(purchases)
        with self.ledger.transaction() as connection:
            over = [
                p.research_id for p in purchases if p.research_id and not research_with_id(connection, p.research_id)
            ]
            mark_read(connection, dict.fromkeys(over, "landed"))
        return ended

    def _publish(self) -> None:
        paths = DataPaths.of(self.settings)
        published = publish_pending(self.settings, configured_questions(paths).questions)
        logger.info("answers.duckdb is version %d.", published.publication.number)

    def _new_landing_writer(self) -> LandingWriter:
        stem = landing_stem(utc_now(), self._token, next(self._landing_numbers))
        paths = DataPaths.of(self.settings)
        return LandingWriter(paths.landed_signals, stem, store=paths.store_address)
