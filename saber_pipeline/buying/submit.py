"""Buying: every POST is written down before it is sent, and its outcome before the next one.

A refusal costs nothing, so what the API refuses as a whole is cut until the pairs that it means are
found. What may have been bought is never sent again here; the resolver decides about it first.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from saber_pipeline.api.batches import AsyncBatch, BatchItem, SyncBatch
from saber_pipeline.api.client import SaberClient
from saber_pipeline.buying.chunks import Chunk, cut
from saber_pipeline.buying.collect.matching import folded
from saber_pipeline.buying.ledger.claims import ClaimedPair, Pair, claimed_slice, leave_unserved, release
from saber_pipeline.buying.ledger.store import Ledger, get_fact, set_fact
from saber_pipeline.buying.ledger.submissions import (
    ClaimLostError,
    Submission,
    accept,
    intend,
    mark_unknown,
    refuse,
)
from saber_pipeline.buying.ledger.tables import Route, UnservedKind
from saber_pipeline.buying.refusals import Remedy, is_out_of_credits, remedy_for
from saber_pipeline.errors import ApiError, ApiInvalidError, ApiOutcomeUnknownError, OutOfCreditsError
from saber_pipeline.questions.question import Question

logger = logging.getLogger(__name__)

CLAIMS_AT_ONCE = 200_000
DOMAIN_CAP_FACT = "async_domain_cap"
FRUITLESS_REFUSALS = 40
"""So many refusals in a row with nothing accepted between them, and the rest is refused with them."""

UNKNOWN_IN_A_ROW = 3
"""So many lost replies in a row, and nothing more is sent before they are resolved."""


@dataclass
class Submitted:
    """What submitting brought, in signals; ``unknown`` by submission id.

    ``stopped_by`` is why nothing more is bought, None when all was sent.
    """

    sent: int = 0
    unknown: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    posts: int = 0
    stopped_by: ApiError | None = None


@dataclass
class Submitter:
    """Sends one run's claimed pairs."""

    client: SaberClient
    ledger: Ledger
    run_id: str
    questions: Mapping[str, Question]
    max_batch_domains: int
    submitted: Submitted = field(default_factory=Submitted)
    _fruitless: int = 0
    _unknown_in_a_row: int = 0

    async def send_all(self) -> Submitted:
        """Send every claimed pair, or stop at what says that no more can be bought."""
        while self.submitted.stopped_by is None:
            with self.ledger.reading() as connection:
                claimed = claimed_slice(connection, self.run_id, CLAIMS_AT_ONCE)
                max_domains = min(
                    self.max_batch_domains,
                    int(get_fact(connection, DOMAIN_CAP_FACT) or self.max_batch_domains),
                )
            if not claimed:
                break
            waiting = deque(cut(claimed, max_domains=max_domains))
            while waiting and self.submitted.stopped_by is None:
                if self._unknown_in_a_row >= UNKNOWN_IN_A_ROW:
                    self._put_off_rest()
                    return self.submitted
                waiting.extendleft(reversed(await self._send(waiting.popleft())))
        if self.submitted.stopped_by is not None:
            self._leave_rest(self.submitted.stopped_by)
        return self.submitted

    async def _send(self, chunk: Chunk) -> Sequence[Chunk]:
        """Send one chunk; returns the parts of it that are to be sent instead."""
        try:
            with self.ledger.transaction() as connection:
                submission = intend(
                    connection,
                    run_id=self.run_id,
                    route=chunk.route,
                    force_refresh=chunk.force_refresh,
                    pairs=chunk.pairs(),
                    intended_at=self.client.server_clock.now().timestamp(),
                )
        except ClaimLostError as error:
            logger.warning("%s", error)
            return ()
        self.submitted.posts += 1
        try:
            reply = await self.client.create_signal_batch(
                [_item(self.questions[question_id], chunk) for question_id in chunk.question_ids],
                list(chunk.subjects),
                asynchronous=chunk.route is Route.ASYNC,
            )
        except ApiOutcomeUnknownError as error:
            self._note_unknown(submission, error)
            return ()
        except ApiInvalidError as error:
            with self.ledger.transaction() as connection:
                refuse(connection, submission.submission_id, str(error))
            if is_out_of_credits(error):
                self.submitted.stopped_by = error
                return ()
            return self._after_refusal(chunk, error)
        except ApiError as error:
            with self.ledger.transaction() as connection:
                refuse(connection, submission.submission_id, str(error))
            self.submitted.stopped_by = error
            return ()
        self._fruitless = self._unknown_in_a_row = 0
        if isinstance(reply, AsyncBatch):
            self._note_async(submission, reply)
        else:
            self._note_sync(submission, chunk, reply)
        return ()

    def _note_unknown(self, submission: Submission, error: ApiError) -> None:
        self._unknown_in_a_row += 1
        self.submitted.unknown[submission.submission_id] = submission.signals
        now = self.client.server_clock.now().timestamp()
        with self.ledger.transaction() as connection:
            mark_unknown(connection, submission.submission_id, at=now, reason=str(error))
        logger.warning(
            "The reply to a purchase of %d signals was lost (%s). Nothing of it is sent again before it is "
            "known whether it arrived.",
            submission.signals,
            error,
        )

    def _note_async(self, submission: Submission, reply: AsyncBatch) -> None:
        submitted_at = reply.submitted_at.timestamp() if reply.submitted_at else submission.intended_at
        with self.ledger.transaction() as connection:
            accept(connection, submission.submission_id, submitted_at=submitted_at, batch_id=reply.batch_id)
        self.submitted.sent += submission.signals
        logger.info("Batch %s accepted: %s signals.", reply.batch_id, f"{submission.signals:,}")
        if reply.total_signals is not None and reply.total_signals != submission.signals:
            logger.warning(
                "Batch %s: the API counts %d signals where %d were asked for. Each pair is followed by itself.",
                reply.batch_id,
                reply.total_signals,
                submission.signals,
            )

    def _note_sync(self, submission: Submission, chunk: Chunk, reply: SyncBatch) -> None:
        signal_ids, rejected = _match_items(chunk, self.questions, reply)
        out_of_credits = {pair: why for pair, why in rejected.items() if is_out_of_credits(why)}
        with self.ledger.transaction() as connection:
            if len(rejected) == submission.signals:
                refuse(connection, submission.submission_id, next(iter(rejected.values())))
            else:
                accept(
                    connection,
                    submission.submission_id,
                    submitted_at=submission.intended_at,
                    signal_ids=signal_ids,
                )
            for pair, why in rejected.items():
                kind = UnservedKind.CREDITS if pair in out_of_credits else UnservedKind.INVALID
                leave_unserved(connection, self.run_id, [pair], kind, why)
        self.submitted.sent += submission.signals - len(rejected)
        self.submitted.refused += len(rejected)
        logger.info("%d signals accepted, %d refused.", submission.signals - len(rejected), len(rejected))
        if out_of_credits:
            self.submitted.stopped_by = OutOfCreditsError(next(iter(out_of_credits.values())), status=402)

    def _after_refusal(self, chunk: Chunk, error: ApiInvalidError) -> Sequence[Chunk]:
        remedy = remedy_for(error, chunk)
        if remedy.domain_cap is not None:
            cap = remedy.domain_cap
            logger.info("The API takes at most %d domains in a batch: batches are cut to that from now on.", cap)
            with self.ledger.transaction() as connection:
                set_fact(connection, DOMAIN_CAP_FACT, str(cap))
            self.max_batch_domains = cap
            return cut(chunk.pairs(), max_domains=cap)
        return self._cut_out(chunk, remedy, str(error))

    def _cut_out(self, chunk: Chunk, remedy: Remedy, reason: str) -> Sequence[Chunk]:
        self._fruitless += 1
        bad = [
            pair
            for pair in chunk.pairs()
            if pair.subject in remedy.bad_subjects or pair.question_id in remedy.bad_question_ids
        ]
        if not bad and (chunk.signals == 1 or self._fruitless >= FRUITLESS_REFUSALS):
            bad = chunk.pairs()
        if not bad:
            return chunk.halves()
        with self.ledger.transaction() as connection:
            refused = [Pair(pair.question_id, pair.subject) for pair in bad]
            leave_unserved(connection, self.run_id, refused, UnservedKind.INVALID, reason)
        self.submitted.refused += len(bad)
        logger.warning("The API refuses %d pairs: %s", len(bad), reason)
        gone = set(bad)
        rest: list[ClaimedPair] = [pair for pair in chunk.pairs() if pair not in gone]
        return cut(rest, max_domains=len(chunk.subjects)) if rest else ()

    def _put_off_rest(self) -> None:
        logger.warning(
            "%d replies in a row were lost: the rest is sent when it is known what became of these.",
            self._unknown_in_a_row,
        )
        with self.ledger.transaction() as connection:
            release(connection, self.run_id)

    def _leave_rest(self, error: ApiError) -> None:
        kind = UnservedKind.CREDITS if is_out_of_credits(error) else UnservedKind.UNSENT
        while True:
            with self.ledger.transaction() as connection:
                rest = claimed_slice(connection, self.run_id, CLAIMS_AT_ONCE)
                pairs = [Pair(pair.question_id, pair.subject) for pair in rest]
                leave_unserved(connection, self.run_id, pairs, kind, str(error))
            if not rest:
                return
            if kind is UnservedKind.CREDITS:
                self.submitted.refused += len(rest)


def _item(question: Question, chunk: Chunk) -> BatchItem:
    return BatchItem(
        question=question.text,
        answer_type=question.answer_type.value,
        output_schema=question.output_schema,
        weight=question.weight,
        qualification_criteria=question.qualification_criteria,
        force_refresh=chunk.force_refresh,
    )


def _match_items(
    chunk: Chunk, questions: Mapping[str, Question], reply: SyncBatch
) -> tuple[dict[Pair, str], dict[Pair, str]]:
    """The ids the reply names, and why it rejects what it rejects; position is the last resort."""
    asked = {
        (
            pair.subject,
            folded(questions[pair.question_id].text),
            questions[pair.question_id].answer_type.value,
        ): Pair(pair.question_id, pair.subject)
        for pair in chunk.pairs()
    }
    by_text: dict[tuple[str, str], list[Pair]] = {}
    for (subject, text, _), pair in asked.items():
        by_text.setdefault((subject, text), []).append(pair)
    in_order = [Pair(pair.question_id, pair.subject) for pair in chunk.pairs()]
    signal_ids: dict[Pair, str] = {}
    rejected: dict[Pair, str] = {}
    for position, item in enumerate(reply.items):
        subject, text = (item.domain or "").lower(), folded(item.question or "")
        found = asked.get((subject, text, item.answer_type or ""))
        if found is None and len(by_text.get((subject, text), [])) == 1:
            found = by_text[subject, text][0]
        if found is None and not (item.domain and item.question) and len(reply.items) == len(in_order):
            found = in_order[position]
        if found is None:
            continue
        if item.is_rejected:
            rejected[found] = item.error or "the API rejected it without a reason"
        elif item.id:
            signal_ids[found] = item.id
    return signal_ids, rejected
