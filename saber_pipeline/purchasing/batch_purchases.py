"""Purchases by batches. A refused batch is cut until the pairs that the refusal means are found."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from saber_pipeline.api.batches import AsyncBatch, BatchItem, SyncBatch
from saber_pipeline.config.questions.criteria_forms import criteria_to_send
from saber_pipeline.config.questions.question import Question
from saber_pipeline.errors import ApiError, ApiInvalidError, OutOfCreditsError, PipelineError, is_out_of_credits
from saber_pipeline.ledger.claims import ClaimedPair, Pair, skip_pairs
from saber_pipeline.ledger.purchases import Submission, accept, mark_rejected
from saber_pipeline.ledger.reasons import Reason, reason_of
from saber_pipeline.ledger.store import get_value, set_value
from saber_pipeline.ledger.tables import SkipKind
from saber_pipeline.products.product import Route
from saber_pipeline.purchasing.batch_replies import all_rejected, match_items
from saber_pipeline.purchasing.chunks import Chunk, cut
from saber_pipeline.purchasing.pair_purchaser import PairIntent, PairPurchaser
from saber_pipeline.purchasing.price_watch import PriceWatch
from saber_pipeline.purchasing.purchaser import FRUITLESS_REFUSALS
from saber_pipeline.purchasing.refusals import (
    Remedy,
    lacks_credits,
    misses_words,
    names_the_template,
    refusal_of_item,
    remedy_for,
)

logger = logging.getLogger(__name__)

DOMAIN_CAP_KEY = "async_domain_cap"
NO_TEMPLATES_KEY = "batches_refuse_templates"
TEMPLATES_TRIED_AGAIN_SECONDS = 86_400.0
"""An API that took no templates in batches may learn to."""


@dataclass(frozen=True)
class BatchIntent(PairIntent):
    """A batch in the ledger. ``by_template``: questions that have a template are sent by its id."""

    chunk: Chunk
    by_template: bool


@dataclass
class BatchSender(PairPurchaser[Chunk, BatchIntent, AsyncBatch | SyncBatch]):
    """Sends claimed pairs of one run as batches, and counts in ``submitted`` what came of it."""

    watch: PriceWatch
    max_domains: int
    with_summary: bool
    _fruitless: int = 0
    _instead: Sequence[Chunk] = ()  # parts of a refused chunk, to be sent in its place

    async def send(self, claimed: Sequence[ClaimedPair]) -> None:
        """Send ``claimed``, or stop at what says that no more can be bought now, or that another run has some of it."""
        self.begin()
        with self.ledger.reading() as connection:
            self.max_domains = min(self.max_domains, int(get_value(connection, DOMAIN_CAP_KEY) or self.max_domains))
        waiting = deque(cut(claimed, max_domains=self.max_domains))
        while waiting and self.may_go_on:
            await self._send_next(waiting)

    async def _send_next(self, waiting: deque[Chunk]) -> None:
        """Send the next chunk, or as much of it as may be bought before the balance is compared."""
        whole = waiting.popleft()
        try:
            most = await self.watch.most_at_once(whole.question_ids)
        except PipelineError as error:
            self.submitted.stopped_by = error
            return
        chunk, *rest = whole.first(most)
        waiting.extendleft(reversed(rest))
        before = self.submitted.attempted
        self._instead = ()
        await self.purchase(chunk)
        waiting.extendleft(reversed(self._instead))
        self.watch.note_bought(self.submitted.attempted - before, chunk.question_ids)
        if self.submitted.may_go_on:
            self.submitted.stopped_by = await self.watch.compare()

    def intend(self, connection: sa.Connection, item: Chunk) -> BatchIntent:
        """Write down a submission of the chunk's pairs."""
        submission = self.write_down(connection, item.pairs(), item.route)
        takes_templates = self._takes_templates(get_value(connection, NO_TEMPLATES_KEY))
        return BatchIntent(submission, item, by_template=not item.written_out and takes_templates)

    async def send_request(self, intent: BatchIntent) -> AsyncBatch | SyncBatch:
        """Create the batch: every question of the chunk about every subject."""
        url = self.settings.webhook_url
        return await self.client.create_signal_batch(
            [
                replace(_item(question, intent.chunk, by_template=intent.by_template), webhook_url=url)
                for question in self._questions_of(intent.chunk)
            ],
            list(intent.chunk.subjects),
            asynchronous=intent.chunk.route is Route.ASYNC,
            generate_summary=self.with_summary,
        )

    def note_refused(self, intent: BatchIntent, error: ApiError) -> None:
        """Parts of the chunk are sent instead if some pairs are refused; any other refusal stops the purchases."""
        with self.ledger.transaction() as connection:
            mark_rejected(connection, intent.submission.submission_id, str(error))
        if not isinstance(error, ApiInvalidError) or is_out_of_credits(error):
            self.submitted.stopped_by = error
            return
        by_template = [intent.by_template and each.is_asked_by_template for each in self._questions_of(intent.chunk)]
        self._instead = self._after_refusal(intent.chunk, error, by_template)

    async def note_accepted(self, intent: BatchIntent, reply: AsyncBatch | SyncBatch) -> None:
        """The whole batch is accepted, or the reply tells of each pair."""
        self._fruitless = 0
        self.client.server_clock.observe_stamp(reply.submitted_at)
        if isinstance(reply, AsyncBatch):
            self._note_async(intent.submission, reply)
        else:
            await self._note_sync(intent.submission, intent.chunk, reply)

    def _questions_of(self, chunk: Chunk) -> list[Question]:
        return [self.questions[question_id] for question_id in chunk.question_ids]

    def _note_async(self, submission: Submission, reply: AsyncBatch) -> None:
        submitted_at = submission.checked_time(reply.submitted_at)
        with self.ledger.transaction() as connection:
            accept(connection, submission.submission_id, submitted_at=submitted_at, batch_id=reply.batch_id)
        self.submitted.sent += submission.signals
        logger.info("Batch %s accepted: %s signals.", reply.batch_id, f"{submission.signals:,}")
        if reply.total_signals is not None and reply.total_signals != submission.signals:
            logger.warning(
                "Batch %s: the API counts %d signals, but %d were requested. The run follows each pair separately.",
                reply.batch_id,
                reply.total_signals,
                submission.signals,
            )

    async def _note_sync(self, submission: Submission, chunk: Chunk, reply: SyncBatch) -> None:
        signal_ids, told = match_items(chunk, self.questions, reply)
        if reply.schedules_nothing:
            told = all_rejected(chunk)
        unpaid = {pair for pair, error in told.items() if error.names_payment}
        unclear = {pair for pair, error in told.items() if error.is_bare_text}
        if unclear and await lacks_credits(self.client, len(told) * self.settings.credits_per_signal):
            unpaid |= unclear
        rejected = {pair: refusal_of_item(error) for pair, error in told.items()}
        with self.ledger.transaction() as connection:
            if len(rejected) == submission.signals:
                mark_rejected(connection, submission.submission_id, next(iter(rejected.values())).text)
            else:
                accept(
                    connection,
                    submission.submission_id,
                    submitted_at=submission.checked_time(reply.submitted_at),
                    signal_ids=signal_ids,
                )
            for pair, why in rejected.items():
                kind = SkipKind.CREDITS if pair in unpaid else SkipKind.INVALID
                skip_pairs(connection, self.run_id, [pair], kind, why)
        self.submitted.sent += submission.signals - len(rejected)
        self.submitted.refused += len(rejected)
        logger.info("%d signals accepted, %d refused.", submission.signals - len(rejected), len(rejected))
        for why in Counter(why for pair, why in rejected.items() if pair not in unpaid):
            logger.warning("The API refuses pairs of a batch: %s", why.text)
        if unpaid:
            why = rejected[next(iter(unpaid))]
            self.submitted.stopped_by = OutOfCreditsError(why.text, action=why.error_action)

    def _takes_templates(self, refused_at: str | None) -> bool:
        """Whether nothing was learnt to the contrary during the last day."""
        try:
            age_seconds = self.client.server_clock.now().timestamp() - float(refused_at or "-inf")
        except ValueError:  # as an older version wrote it: without its time
            return True
        return not 0 <= age_seconds < TEMPLATES_TRIED_AGAIN_SECONDS

    def _without_templates(self, chunk: Chunk, error: ApiInvalidError) -> Sequence[Chunk]:
        """The same chunk again: for a day a template's question goes into batches written out."""
        logger.info(
            "The API takes no templates in batches (%s). The run sends the text of their questions instead.", error
        )
        with self.ledger.transaction() as connection:
            set_value(connection, NO_TEMPLATES_KEY, str(self.client.server_clock.now().timestamp()))
        return (chunk,)

    def _after_refusal(self, chunk: Chunk, error: ApiInvalidError, left_out: Sequence[bool]) -> Sequence[Chunk]:
        """``left_out``: which of the chunk's questions went without their words, by their template."""
        if any(left_out) and names_the_template(error):
            return self._without_templates(chunk, error)
        if misses_words(error, left_out):
            return (replace(chunk, written_out=True),)
        remedy = remedy_for(error, chunk)
        if remedy.domain_cap is not None:
            cap = remedy.domain_cap
            logger.info("The API takes at most %d domains in a batch. Further batches have that size.", cap)
            with self.ledger.transaction() as connection:
                set_value(connection, DOMAIN_CAP_KEY, str(cap))
            self.max_domains = cap
            return cut(chunk.pairs(), max_domains=cap)
        return self._cut_out(chunk, remedy, reason_of(error))

    def _cut_out(self, chunk: Chunk, remedy: Remedy, reason: Reason) -> Sequence[Chunk]:
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
            skip_pairs(connection, self.run_id, refused, SkipKind.INVALID, reason)
        self.submitted.refused += len(bad)
        logger.warning("The API refuses %d pairs: %s", len(bad), reason.text)
        gone = set(bad)
        rest: list[ClaimedPair] = [pair for pair in chunk.pairs() if pair not in gone]
        return cut(rest, max_domains=len(chunk.subjects)) if rest else ()


def _item(question: Question, chunk: Chunk, *, by_template: bool) -> BatchItem:
    if by_template and question.is_asked_by_template:
        return BatchItem(
            template_id=question.template_id,
            weight=question.weight,
            qualification_criteria=criteria_to_send(question),
            force_refresh=chunk.force_refresh,
        )
    return BatchItem(
        question=question.text,
        answer_type=question.sent_as.value,
        output_schema=question.output_schema,
        weight=question.weight,
        qualification_criteria=criteria_to_send(question),
        force_refresh=chunk.force_refresh,
    )
