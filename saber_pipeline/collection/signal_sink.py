"""Recognises signals, lands them, and settles the pairs that they answer.

A signal lands on disk before the ledger records its pair as settled. After a crash in between, it is read again and not
lost.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from saber_pipeline.api.error_bodies import CONNECTOR_CODES
from saber_pipeline.api.repeated_members import without_repeats
from saber_pipeline.api.signals import Signal
from saber_pipeline.api.stopwatch import Stopwatch
from saber_pipeline.collection.acceptance import AcceptanceRules, Match, proves_submission
from saber_pipeline.collection.match import Matcher, subjects_of
from saber_pipeline.collection.unreadable_signals import UnreadableRows, held_signal
from saber_pipeline.errors import PAYMENT_REQUIRED
from saber_pipeline.ledger.awaited_pairs import AwaitedPair
from saber_pipeline.ledger.claims import Pair
from saber_pipeline.ledger.pairs_in_flight import (
    PairInFlight,
    any_is_named,
    mark_landed,
    note_others_signals,
    open_pairs_among,
    pairs_named_by,
)
from saber_pipeline.ledger.purchase_rows import SIGNALS
from saber_pipeline.ledger.purchases import Submission, name_signals, submissions_in
from saber_pipeline.ledger.questions import asked_questions
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.ledger.tables import SubmissionState
from saber_pipeline.ledger.write_ahead import accept_proven
from saber_pipeline.products.product import Route
from saber_pipeline.warehouse.landing import LandedFile, LandingWriter

logger = logging.getLogger(__name__)

TAKEN_SIGNALS, TAKEN_BYTES = 2_000, 8_000_000
"""How many signals are looked up in the ledger at once: page by page, look-ups took longer than everything else."""

LANDING_BYTES = 6_000_000
"""The size of a landing file before compression. A finished file can be loaded while more is read."""

REASONS_OF_THEIR_OWN = CONNECTOR_CODES | {"VALIDATION_ERROR"}
"""The documented codes of failed signals. None is about credits, so any other failure may be."""

IN_FLIGHT = (SubmissionState.INTENDED, SubmissionState.UNKNOWN, SubmissionState.ACCEPTED)


@dataclass
class SinkResult:
    """The result of a batch of signals: settled pairs, processing pairs (by signal id), and proven submissions."""

    settled: dict[Pair, str] = field(default_factory=dict)
    processing: dict[Pair, str] = field(default_factory=dict)
    proven: set[str] = field(default_factory=set)
    out_of_credits: set[Pair] = field(default_factory=set)


@dataclass(frozen=True)
class LookUp:
    """What signals are read for: those about ``subjects`` only, if given.

    ``nothing_newer``: the API has no newer signals of their pairs. ``is_last``: pairs without a trace now are bought
    again.
    """

    subjects: Collection[str] | None = None
    nothing_newer: bool = False
    is_last: bool = False


ALL = LookUp()


class SignalSink:
    """Lands the signals that answer pairs in flight, whichever run bought them.

    ``landed`` is called with each file that has landed and whose pairs have settled.
    """

    def __init__(
        self,
        ledger: Ledger,
        new_writer: Callable[[], LandingWriter],
        *,
        landed: Callable[[LandedFile], None] = lambda _file: None,
        unreadable: UnreadableRows | None = None,
        cache_hours: float,
        stuck_after_hours: float,
        now: Callable[[], datetime],
        stopwatch: Stopwatch,
    ) -> None:
        self.failed_for_credits = 0
        self.perhaps_for_credits = 0  # the same, and failures without a documented reason
        self.out_of_credits: set[str] = set()  # runs whose purchases failed for lack of credits
        self.pairs_answered = 0  # including answers that are not durable yet
        self.looks_at_once = False  # process each page at once, not thousands of signals together
        self.unreadable = unreadable or UnreadableRows()
        self.pairs_held = 0  # held back, because their purchased signals cannot be read
        self.ledger = ledger
        self.new_writer = new_writer
        self.landed = landed
        with ledger.reading() as connection:
            questions = asked_questions(connection)
        self._questions = questions
        self.matcher = Matcher(questions.values())
        self.rules = AcceptanceRules(
            questions,
            cache=timedelta(hours=cache_hours),
            stuck_after=timedelta(hours=stuck_after_hours),
            now=now,
            stopwatch=stopwatch,
        )

    @property
    def question_ids(self) -> frozenset[str]:
        """The ids of the questions that the sink recognises."""
        return frozenset(self._questions)

    @contextmanager
    def new_batch(self) -> Iterator[SinkBatch]:
        """A batch of signals in one or more landing files. When the block ends, all of them are durable."""
        with closing(SinkBatch(self, self._submissions())) as batch:
            yield batch
            batch.commit()
        self.failed_for_credits += len(batch.result.out_of_credits)

    def take(self, signals: Iterable[Signal], look_up: LookUp = ALL) -> SinkResult:
        """Take ``signals`` in a batch of their own."""
        with self.new_batch() as batch:
            batch.take(signals, look_up)
        return batch.result

    def hold_back(self, gaps: Sequence[AwaitedPair], *, is_over: bool = False) -> set[Pair]:
        """Settle the ``gaps`` whose signals are unreadable, so that no plan buys them again. See ``of_pairs``."""
        if not self.unreadable.count or not gaps:
            return set()
        submissions = self._submissions()
        rows = self.unreadable.of_pairs(gaps, submissions, is_over=is_over)
        settled: dict[Pair, str] = {}
        with self.new_writer() as writer:
            for gap in gaps:
                submission = submissions.get(gap.submission_id)
                if submission is None or gap.pair not in rows:
                    continue
                question = self._questions[gap.pair.question_id]
                name, raw = held_signal(gap.pair, question, submission, rows[gap.pair], gap.signal_id)
                writer.add(gap.pair.question_id, submission.force_refresh, raw)
                settled[gap.pair] = name
            file = writer.commit()
        if file is None:
            return set()
        with self.ledger.transaction() as connection:
            mark_landed(connection, settled)
        self.landed(file)
        self.pairs_held += len(settled)
        logger.warning(
            "%d pairs are held back: the signals bought for them cannot be read. They are not bought again unless a "
            "refresh is forced.",
            len(settled),
        )
        return set(settled)

    def _submissions(self) -> dict[str, Submission]:
        with self.ledger.reading() as connection:
            return {s.submission_id: s for s in submissions_in(connection, IN_FLIGHT)}

    def may_be_cached(self, signals: Iterable[Signal]) -> set[Pair]:
        """The pairs for which the API may serve one of ``signals`` from its cache, instead of new research."""
        return {pair for signal in signals if self.rules.is_in_cache(signal) for pair in self.matcher.pairs_of(signal)}


class SinkBatch:
    """A batch of signals on its way into landing files."""

    def __init__(self, sink: SignalSink, submissions: Mapping[str, Submission]) -> None:
        self.result = SinkResult()
        self._sink = sink
        self._writer = sink.new_writer()
        self._free: set[Pair] = set()  # pairs in ``_written`` for which the API created no signal
        self._written: dict[Pair, str] = {}  # settled pairs in the current landing file
        self._given: dict[Pair, str] = {}  # signals that might be of several questions, by the pair that has them
        self._lost: set[tuple[Pair, str]] = set()  # the pairs that do not have them, with the same signals
        self._submissions = submissions
        self._taken: list[Signal] = []
        self._taken_bytes = 0

    def take(self, signals: Iterable[Signal], look_up: LookUp = ALL) -> None:
        """Take ``signals`` that answer pairs in flight. They are processed when the batch is committed, or earlier."""
        if look_up is not ALL:
            self._flush()
        is_due = look_up is not ALL or self._sink.looks_at_once
        for signal in signals:
            self._taken.append(signal)
            self._taken_bytes += len(signal.raw)
        if is_due or len(self._taken) >= TAKEN_SIGNALS or self._taken_bytes >= TAKEN_BYTES:
            self._flush(look_up)

    def _flush(self, look_up: LookUp = ALL) -> None:
        """Write the taken signals that answer pairs in flight to the landing file."""
        settled = self.result.settled
        matches, lost = self._sink.rules.one_question_each(
            self._matches(look_up.subjects), self._submissions, self._given
        )
        self._lost.update(lost)
        for pair, signal, known, mismatch in matches:
            submission = self._submissions.get(known.submission_id)
            if submission is None:
                continue
            is_new = proves_submission(signal, submission, known, is_last_lookup=look_up.is_last)
            if is_new:
                self.result.proven.add(submission.submission_id)
            elif not self._sink.rules.accepts(signal, pair, submission, known, nothing_newer=look_up.nothing_newer):
                continue
            if not signal.is_done and not self._sink.rules.is_final(signal, submission):
                self.result.processing[pair] = signal.id
            elif settled.get(pair) != signal.id:
                if signal.is_failed and signal.error_code == PAYMENT_REQUIRED:
                    self.result.out_of_credits.add(pair)
                    self._sink.out_of_credits.add(submission.run_id)
                self._sink.perhaps_for_credits += signal.is_failed and signal.error_code not in REASONS_OF_THEIR_OWN
                spelled = None if pair.subject == signal.subject else pair.subject
                raw = signal.raw if signal.stands_once else without_repeats(signal.raw)
                self._writer.add(pair.question_id, submission.force_refresh, raw, subject=spelled, mismatch=mismatch)
                self._sink.pairs_answered += pair not in settled
                settled[pair] = self._written[pair] = signal.id
                is_from_cache = not is_new and signal.created_at is not None and not submission.force_refresh
                if is_from_cache or pair in self.result.out_of_credits:
                    self._free.add(pair)
                else:
                    self._free.discard(pair)
        if self._writer.size_bytes >= LANDING_BYTES:
            self._land()
            self._writer = self._sink.new_writer()

    def _matches(self, subjects: Collection[str] | None) -> list[Match]:
        """The pairs in flight that the taken signals may answer, by their fields and by the ids that the API named."""
        taken, self._taken = self._taken, []
        self._taken_bytes = 0
        if not taken:
            return []
        pairs_of = self._sink.matcher.pairs_of
        matched: list[tuple[Pair, Signal]] = []
        alike: set[str] = set()  # signals that several questions might have asked for, by their fields
        for signal in taken:
            pairs = pairs_of(signal)
            if len({pair.question_id for pair in pairs}) > 1:
                alike.add(signal.id)
            matched.extend((pair, signal) for pair in pairs)
        if subjects is not None:
            matched = [(pair, signal) for pair, signal in matched if pair.subject in subjects]
        with self._sink.ledger.reading() as connection:
            in_flight = open_pairs_among(connection, (pair for pair, _ in matched))
            known_of = in_flight.get
            matches: list[Match] = [
                (pair, signal, known, None) for pair, signal in matched if (known := known_of(pair)) is not None
            ]
            if not any_is_named(connection):  # for example, an async batch whose signals were never seen before
                return matches
            recognised = {signal.id for _, signal, known, _ in matches if known.signal_id == signal.id}
            others_own = recognised | alike
            # Another signal was named for the other pairs: they ask the same by their fields, with other connectors.
            # The pair that has this one may have left the ledger.
            matches = [
                (pair, signal, known, mismatch)
                for pair, signal, known, mismatch in matches
                if known.signal_id in (None, signal.id) or signal.id not in others_own
            ]
            others = {signal.id: signal for signal in taken if signal.id not in recognised}
            named = pairs_named_by(connection, others)
        asked = self._sink.question_ids  # a question that another run has begun to ask since is left to that run
        for signal_id, named_pairs in named.items():
            signal = others[signal_id]
            matches.extend(
                (pair, signal, known, self._sink.matcher.difference(signal, pair))
                for pair, known in named_pairs.items()
                if pair.question_id in asked
                and (subjects is None or pair.subject in subjects)
                and self._is_surely_of(signal, pair, known)
            )
        return matches

    def _is_surely_of(self, signal: Signal, pair: Pair, known: PairInFlight) -> bool:
        """Whether the id that the API named for ``pair`` is sufficient, although the signal's fields differ.

        The reply to a single create can only be about its pair. A batch names many signals, some by position only, so
        the id may belong to another pair's signal.
        """
        submission = self._submissions.get(known.submission_id)
        if submission is None:
            return False
        if submission.route in (Route.SINGLE, Route.SINGLE_SYNC):
            return True
        return pair.subject in subjects_of(signal) and not self._sink.matcher.pairs_of(signal)

    def commit(self) -> None:
        """Make all taken signals durable, and settle their pairs."""
        self._flush()
        self._land()

    def close(self) -> None:
        """Discard signals that are not durable yet."""
        self._writer.abort()

    def _land(self) -> None:
        """Make the landing file durable, then settle its pairs."""
        file = self._writer.commit()
        still_running = {
            pair: signal_id for pair, signal_id in self.result.processing.items() if pair not in self.result.settled
        }
        if self._written or still_running or self.result.proven:
            with self._sink.ledger.transaction() as connection:
                mark_landed(connection, self._written, free=self._free & self._written.keys())
                has_settled = set(self._written.values() if self._lost else ())
                others = [(pair, signal_id) for pair, signal_id in self._lost if signal_id in has_settled]
                note_others_signals(connection, others)
                name_signals(connection, still_running)
                accept_proven(connection, SIGNALS, self.result.proven)
        self._written = {}
        self._free = set()
        if file is not None:
            self._sink.landed(file)
