"""Reads the log of one subscription: completed executions in closed windows, then failed and processing ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.pages import Page
from saber_pipeline.api.repeated_members import without_repeats
from saber_pipeline.api.signals import Signal, SignalPage
from saber_pipeline.collection.listing_reader import ListingRead, read_listing
from saber_pipeline.collection.match import Matcher, fits_schema
from saber_pipeline.collection.signal_sources import PAGE_ROWS
from saber_pipeline.collection.unreadable_signals import UnreadableRows
from saber_pipeline.collection.windows import MAX_WINDOW_ROWS, completed_page, read_window
from saber_pipeline.config.questions.question import Question
from saber_pipeline.ingest.source_declarations import Subscription
from saber_pipeline.ledger.claims import Pair
from saber_pipeline.warehouse.landing import LandingWriter

BEGINNING = datetime.fromtimestamp(0, tz=UTC)


@dataclass(frozen=True)
class SubscriptionLog:
    """The signals of one subscription, listed as the client lists all of them."""

    client: SaberClient
    subscription_id: str
    unreadable: UnreadableRows = field(default_factory=UnreadableRows)

    async def list_signals(self, **which: Any) -> SignalPage:
        """One page, newest created first; its unreadable rows are kept. ``which``: as
        ``SaberClient.list_subscription_logs`` takes it.

        Raises ApiNotFoundError where there is no such subscription.
        """
        page = await self.client.list_subscription_logs(self.subscription_id, **which)
        if page.unreadable:
            self.unreadable.note(page.unreadable)
        return page


class Recogniser:
    """Finds the configured question that a subscription's signal answers.

    Questions with connectors are left out: a log does not name the connectors of an answer.
    """

    def __init__(self, questions: Iterable[Question]) -> None:
        self._questions = {q.question_id: q for q in questions if q.connectors is None and q.text}
        self._matcher = Matcher(self._questions.values())

    @property
    def question_ids(self) -> frozenset[str]:
        """The questions that signals are compared with."""
        return frozenset(self._questions)

    def pair_of(self, signal: Signal) -> Pair | None:
        """The pair that ``signal`` answers. None if its question is not configured."""
        pairs = self._matcher.pairs_of(signal)
        return next((pair for pair in pairs if self._is_answered_by(signal, self._questions[pair.question_id])), None)

    @staticmethod
    def _is_answered_by(signal: Signal, question: Question) -> bool:
        """A log names no schema. So only an object that fits the question's schema shows that the schema was used."""
        return question.output_schema is None or (signal.has_answer and fits_schema(signal, question))


class LogLanding:
    """Lands each execution as a signal like any other, with a note that names the subscription.

    ``landed``, ``recognised`` and ``failed`` are the ids of those that have ended.
    """

    def __init__(
        self,
        subscription: Subscription,
        recogniser: Recogniser,
        new_writers: Callable[[], tuple[LandingWriter, LandingWriter]],
    ) -> None:
        self.landed: set[str] = set()
        self.recognised: set[str] = set()
        self.failed: set[str] = set()
        self.about = {"subscription": subscription.key, "subscription_id": subscription.subscription_id}
        self.recogniser = recogniser
        self._new_writers = new_writers

    @contextmanager
    def delivery(self, *, only: Collection[str] | None = None, known: Collection[str] = ()) -> Iterator[LogDelivery]:
        """A delivery of signals into two landing files, which are durable when the block ends.

        ``only``: take only signals that answer one of these questions. ``known``: leave out these signals.
        """
        signals, notes = self._new_writers()
        with signals, notes:
            yield LogDelivery(self, signals, notes, only, known)
            signals.commit()
            notes.commit()


@dataclass(frozen=True)
class LogDelivery:
    """Signals on their way into two landing files."""

    landing: LogLanding
    signals: LandingWriter
    notes: LandingWriter
    only: Collection[str] | None
    known: Collection[str]

    def take(self, signals: Iterable[Signal]) -> None:
        """Write those of ``signals`` that are wanted. The end of one that is processing comes with a later reading."""
        for signal in signals:
            self._take(signal, self.landing.recogniser.pair_of(signal))

    def _take(self, signal: Signal, pair: Pair | None) -> None:
        if signal.id in self.known or not (self.only is None or (pair and pair.question_id in self.only)):
            return
        spelled = pair.subject if pair is not None and pair.subject != signal.subject else None
        self.signals.add(pair.question_id if pair else None, False, without_repeats(signal.raw), subject=spelled)
        self.notes.add_record(self.landing.about, json.dumps({"id": signal.id}).encode())
        if not signal.is_done:
            return
        self.landing.landed.add(signal.id)
        if pair:
            self.landing.recognised.add(signal.id)
        if signal.is_failed:
            self.landing.failed.add(signal.id)


async def read_completed(
    log: SubscriptionLog,
    landing: LogLanding,
    *,
    start: datetime,
    end: datetime,
    only: Collection[str] | None = None,
    max_rows: int = MAX_WINDOW_ROWS,
) -> bool:
    """Land the executions that completed between ``start`` and ``end``, which lies far enough in the past.

    Returns whether the reading is proven complete.

    Windows of more than ``max_rows`` are halved.
    """
    if end <= start:
        return True
    first = await completed_page(log, start=start, end=end)
    if first.total_is_exact:
        read = await read_window(
            log,
            lambda: landing.delivery(only=only),
            start=start,
            end=end,
            first=first,
            max_rows=max_rows,
            otherwise="its pages are read one after another",
        )
        if read.is_proven:
            return True
    # Without totals, or with an execution listed twice, only a second reading with the same result proves anything.
    listed = await _read_listed(
        log, landing, ("completed",), known=landing.landed, only=only, from_date=start, to_date=end
    )
    return listed.is_proven


async def read_failed(
    log: SubscriptionLog,
    landing: LogLanding,
    *,
    seen_total: int | None,
    known: Collection[str],
) -> tuple[int, bool]:
    """Land the failed executions except ``known`` ones. Returns their number, and whether the reading is complete.

    Failed executions may have no time of completion, so all are listed, unless their number is ``seen_total`` and the
    newest of them are known.
    """
    first = await log.list_signals(statuses=("failed",))
    is_known = first.total_is_exact and all(signal.id in known for signal in first.signals)
    if first.total == seen_total and is_known:
        return first.total, True
    read = await _read_listed(log, landing, ("failed",), known=known)
    return read.distinct, read.is_proven


async def read_processing(log: SubscriptionLog, landing: LogLanding, *, known: Collection[str]) -> tuple[int, bool]:
    """Land the executions that are processing except ``known`` ones. Returns their number, and whether it is complete.

    Each reading lists them all: their times say nothing about their end.
    """
    read = await _read_listed(log, landing, ("processing",), known=known)
    return read.distinct, read.is_proven


async def read_others(
    log: SubscriptionLog, landing: LogLanding, *, executions: int | None, listed: int, known: Collection[str]
) -> bool:
    """Land the executions that no filter shows, except ``known`` ones. Returns whether the reading is complete.

    They are completed without a time, or have a status that is not documented. The whole log is read for them, but only
    if it has more ``executions`` than the ``listed`` ones of the other statuses, those with a time, and ``known`` ones.
    None: the API does not tell their number.
    """
    with_a_time = await log.list_signals(statuses=("completed",), from_date=BEGINNING, limit=1)
    if executions is None or executions <= listed + with_a_time.total + len(known):
        return True
    return (await _read_listed(log, landing, (), known=known, wanted=_is_shown_by_no_filter)).is_proven


def _is_shown_by_no_filter(signal: Signal) -> bool:
    if signal.is_completed:
        return signal.completed_at is None
    return not (signal.is_failed or signal.status == "processing")


async def _read_listed(
    log: SubscriptionLog,
    landing: LogLanding,
    statuses: Sequence[str],
    *,
    known: Collection[str],
    only: Collection[str] | None = None,
    wanted: Callable[[Signal], bool] = lambda _: True,
    **window: datetime,
) -> ListingRead:
    async def page_at(offset: int) -> Page[Signal]:
        page = await log.list_signals(statuses=statuses, offset=offset, **window)
        rows = len(page.signals) + len(page.unreadable)
        has_more = rows >= PAGE_ROWS or offset + rows < page.total  # a total may be too small
        return Page(page.signals, page.total, has_more, page.total_is_exact, page.unreadable)

    with landing.delivery(only=only, known=known) as delivery:
        return await read_listing(
            page_at, lambda signal: signal.id, lambda signal: delivery.take([signal] if wanted(signal) else [])
        )
