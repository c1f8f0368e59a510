"""Reads the logs of subscriptions at Saber: new executions land as signals. Nothing is bought."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from saber_pipeline.api.client import SaberClient
from saber_pipeline.collection.unreadable_signals import UnreadableRows
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.settings import Settings
from saber_pipeline.errors import ApiInvalidError, ApiNotFoundError, PipelineError, SourcesError, StorageError
from saber_pipeline.ingest.source_declarations import Subscription
from saber_pipeline.ingest.subscription_log import (
    BEGINNING,
    LogLanding,
    Recogniser,
    SubscriptionLog,
    read_completed,
    read_failed,
    read_others,
    read_processing,
)
from saber_pipeline.ledger.store import Ledger, bind_address
from saber_pipeline.ledger.subscription_logs import ReadSoFar, note_read, read_so_far
from saber_pipeline.runs.interruptions import one_interruption, run_interruptible
from saber_pipeline.runs.publication import publish_pending
from saber_pipeline.warehouse.landed_records import RecordKind, land_records
from saber_pipeline.warehouse.landing import LandingWriter, landing_stem, utc_now
from saber_pipeline.warehouse.session import read_warehouse

OVERLAP = timedelta(seconds=1)
"""Windows share a second, so that there is no gap whether their bounds are open or closed."""

KNOWN = "SELECT signal_id FROM subscription_signals JOIN signals USING (signal_id) WHERE subscription_id = ? AND "
FAILED = "status = 'failed'"
PROCESSING = "status NOT IN ('completed', 'failed')"
OTHERS = (
    "(status NOT IN ('completed', 'failed', 'processing')"
    " OR (status = 'completed' AND completed_at = coalesce(created_at, landed_at)))"
)
"""What no filter of a log shows: see ``read_others``. A load fills in the time that a completed one lacks."""


@dataclass(frozen=True)
class SubscriptionRead:
    """The result of reading a log. ``recognised`` executions answer a configured question. ``executions`` counts all
    executions at Saber (None: it does not tell), ``unreadable`` the rows that are no signals. Without ``is_complete``
    the next run reads again what did not add up.
    """

    subscription: Subscription
    landed: int
    recognised: int
    failed: int
    processing: int
    unreadable: int
    executions: int | None
    is_complete: bool
    read_until: datetime


@dataclass(frozen=True)
class SubscriptionsResult:
    """The results of the logs that were read, in order, and the first error. A subscription that Saber does not have
    leaves itself out; any other error stops those after it.
    """

    reads: tuple[SubscriptionRead, ...]
    stopped_by: PipelineError | None = None


@one_interruption()
def read_subscriptions(
    subscriptions: Sequence[Subscription],
    settings: Settings,
    questions: tuple[Question, ...],
    *,
    new_client: Callable[[], SaberClient],
    run_id: str,
    from_the_beginning: bool = False,
) -> SubscriptionsResult:
    """Land new executions from the logs, and publish. Executions that were read before an error are kept.

    ``from_the_beginning``: land everything again, for a landing folder that has lost files.

    Raises PipelineError if there is a problem with the key or the data directory's address before the first request.
    """
    paths = DataPaths.of(settings)
    with closing(Ledger.open(paths.ledger)) as ledger:
        with ledger.transaction() as connection:
            # Landed answers count as owned, so answers of two APIs must not be mixed.
            bind_address(connection, settings.base_url)
        reading = _Reading(paths, settings, ledger, Recogniser(questions), run_id, from_the_beginning)
        reads, stopped_by = run_interruptible(reading.read_all(subscriptions, new_client))
    publish_pending(settings, questions)
    return SubscriptionsResult(tuple(reads), stopped_by)


@dataclass
class _Reading:
    """One run over the logs."""

    paths: DataPaths
    settings: Settings
    ledger: Ledger
    recogniser: Recogniser
    run_id: str
    from_the_beginning: bool
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def read_all(
        self, subscriptions: Sequence[Subscription], new_client: Callable[[], SaberClient]
    ) -> tuple[list[SubscriptionRead], PipelineError | None]:
        reads: list[SubscriptionRead] = []
        unknown: SourcesError | None = None
        async with new_client() as client:
            for subscription in subscriptions:
                try:
                    reads.append(await self._read(client, subscription))
                except SourcesError as error:
                    unknown = unknown or error
                except PipelineError as error:
                    return reads, error
        return reads, unknown

    async def _read(self, client: SaberClient, subscription: Subscription) -> SubscriptionRead:
        land = partial(land_records, self.paths, RecordKind.UNREADABLE_SIGNALS, run_id=self.run_id)
        log = SubscriptionLog(client, subscription.subscription_id, UnreadableRows(land))
        landing = LogLanding(subscription, self.recogniser, self._new_writers)
        before = self._before(subscription)
        executions = await _count(log, subscription)
        lag = timedelta(seconds=self.settings.collect_lag_seconds)
        closed = (client.server_clock.earliest() - lag).replace(microsecond=0)
        seen_until = datetime.fromtimestamp(before.read_until, tz=UTC)
        # Executions that a subscription paid for earlier also answer questions that were configured since.
        new_questions = self.recogniser.question_ids - before.question_ids
        proofs = [await read_completed(log, landing, start=max(seen_until - OVERLAP, BEGINNING), end=closed)]
        if new_questions:
            proofs.append(await read_completed(log, landing, start=BEGINNING, end=seen_until, only=new_questions))
        failed_total, is_proven = await read_failed(
            log,
            landing,
            seen_total=None if new_questions else before.failed_total,
            known=() if new_questions else self._known(subscription, FAILED),
        )
        proofs.append(is_proven)
        if all(proofs):
            read = ReadSoFar(max(closed, seen_until).timestamp(), failed_total, self.recogniser.question_ids)
            with self.ledger.transaction() as connection:
                note_read(connection, subscription.subscription_id, read)
        known = () if new_questions else self._known(subscription, PROCESSING)
        processing, is_proven = await read_processing(log, landing, known=known)
        proofs.append(is_proven)
        others = () if new_questions else self._known(subscription, OTHERS)
        listed = processing + failed_total
        proofs.append(await read_others(log, landing, executions=executions, listed=listed, known=others))
        return SubscriptionRead(
            subscription,
            landed=len(landing.landed),
            recognised=len(landing.recognised),
            failed=len(landing.failed),
            processing=processing,
            unreadable=log.unreadable.count,
            executions=executions,
            is_complete=all(proofs),
            read_until=closed,
        )

    def _before(self, subscription: Subscription) -> ReadSoFar:
        if self.from_the_beginning:
            return ReadSoFar()
        with self.ledger.reading() as connection:
            return read_so_far(connection, subscription.subscription_id) or ReadSoFar()

    def _new_writers(self) -> tuple[LandingWriter, LandingWriter]:
        stem = landing_stem(utc_now(), self.run_id, next(self.numbers))
        notes = self.paths.landed_records(RecordKind.SUBSCRIPTION_LOGS)
        store = self.paths.store_address
        return LandingWriter(self.paths.landed_signals, stem, store=store), LandingWriter(notes, stem, store=store)

    def _known(self, subscription: Subscription, which: str) -> frozenset[str]:
        """Those executions in the warehouse, so that they do not land with every reading."""
        if self.from_the_beginning:
            return frozenset()
        try:
            with read_warehouse(self.paths) as con:
                rows = con.execute(KNOWN + which, [subscription.subscription_id]).fetchall() if con else []
        except StorageError:  # the warehouse is of another version; the next load rebuilds it
            return frozenset()
        return frozenset(signal_id for (signal_id,) in rows)


async def _count(log: SubscriptionLog, subscription: Subscription) -> int | None:
    """The number of executions; None if Saber does not tell.

    Raises SourcesError if Saber has no such subscription, or none can have its id.
    """
    try:
        page = await log.list_signals(limit=1)
    except (ApiNotFoundError, ApiInvalidError):
        raise SourcesError(
            f"{subscription.place}: Saber has no subscription {subscription.subscription_id}, or it belongs to "
            "another account. Nothing was spent, and its earlier answers are kept. Correct the id in sources.yaml, or "
            "remove the entry."
        ) from None
    return page.total if page.total_is_exact else None
