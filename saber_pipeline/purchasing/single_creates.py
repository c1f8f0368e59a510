"""Purchases of one signal by one request: what batches cannot carry, and everything about contacts.

Every create is a submission of its own, so that what is unknown of one leaves the others alone. Each names
the signal's id in its reply. A handful goes by the sync endpoint, whose reply holds the answer as a rule.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from saber_pipeline.api.signal_requests import SignalRequest
from saber_pipeline.api.signals import Signal
from saber_pipeline.collection.signal_sink import SignalSink
from saber_pipeline.config.questions.criteria_forms import criteria_to_send
from saber_pipeline.config.questions.question import Question, SubjectType
from saber_pipeline.errors import ApiError, ApiInvalidError, is_out_of_credits
from saber_pipeline.ledger.claims import ClaimedPair, Pair, skip_pairs
from saber_pipeline.ledger.purchases import accept, mark_rejected
from saber_pipeline.ledger.reasons import Reason, reason_of
from saber_pipeline.ledger.tables import SkipKind
from saber_pipeline.products.product import Route
from saber_pipeline.purchasing.pair_purchaser import PairIntent, PairPurchaser
from saber_pipeline.purchasing.purchaser import FRUITLESS_REFUSALS

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SingleIntent(PairIntent):
    """A signal in the ledger: a submission of one pair."""

    pair: ClaimedPair


@dataclass
class SingleSender(PairPurchaser[ClaimedPair, SingleIntent, Signal]):
    """Sends claimed pairs of one run one by one, many at once, and counts in ``submitted`` what came of it.

    At most ``concurrency`` are under way. Up to ``sync_create_pairs`` pairs wait ``sync_wait_seconds`` for answers.
    """

    sink: SignalSink
    _refused_in_a_row: Counter[str] = field(default_factory=Counter)
    _route: Route = Route.SINGLE

    async def send(self, claimed: Sequence[ClaimedPair], *, is_all: bool = True) -> None:
        """Send ``claimed``, or stop at what says that no more can be bought now, or that another run has some of it.

        ``is_all``: nothing comes after them, so that a handful may be waited for.
        """
        is_handful = is_all and len(claimed) <= self.settings.sync_create_pairs
        self._route = Route.SINGLE_SYNC if is_handful else Route.SINGLE
        self.begin()
        before = self.submitted.sent
        await self.purchase_each(claimed, at_once=self.settings.concurrency)
        if self.submitted.sent > before:
            logger.info("%s signals accepted, one by one.", f"{self.submitted.sent - before:,}")

    def intend(self, connection: sa.Connection, item: ClaimedPair) -> SingleIntent | None:
        """Write down a submission of one pair, unless the API refuses whatever is asked by its question."""
        if self._refused_in_a_row[item.question_id] >= FRUITLESS_REFUSALS:
            self._leave(connection, item, f"the API refused this question {FRUITLESS_REFUSALS} times in a row")
            return None
        return SingleIntent(self.write_down(connection, [item], self._route), item)

    async def send_request(self, intent: SingleIntent) -> Signal:
        """Create the signal, by the sync endpoint where its answer may be waited for."""
        question = self.questions[intent.pair.question_id]
        request = _request(question, intent.pair, webhook_url=self.settings.webhook_url)
        seconds = self.settings.sync_wait_seconds
        if question.about is SubjectType.CONTACT:
            if intent.submission.route is Route.SINGLE_SYNC:
                return await self.client.create_contact_signal_sync(request, timeout_seconds=seconds)
            return await self.client.create_contact_signal(request)
        if intent.submission.route is Route.SINGLE_SYNC:
            return await self.client.create_company_signal_sync(request, timeout_seconds=seconds)
        return await self.client.create_signal(request)

    async def note_accepted(self, intent: SingleIntent, reply: Signal) -> None:
        """The reply names the signal, and holds its answer where that was waited for."""
        # One that was waited for was made long before its reply came.
        is_new = intent.pair.force_refresh and intent.submission.route is Route.SINGLE
        self.client.server_clock.observe_stamp(reply.created_at, is_new=is_new)
        this = Pair(intent.pair.question_id, intent.pair.subject)
        with self.ledger.transaction() as connection:
            accept(connection, intent.submission.submission_id, submitted_at=None, signal_ids={this: reply.id})
        self._refused_in_a_row[intent.pair.question_id] = 0
        self.submitted.sent += 1
        if reply.is_done and intent.submission.route is Route.SINGLE_SYNC:
            self.sink.take([reply])

    def note_refused(self, intent: SingleIntent, error: ApiError) -> None:
        """The pair is left out where the refusal means it; any other refusal stops the run's purchases."""
        means_the_pair = isinstance(error, ApiInvalidError) and not is_out_of_credits(error)
        with self.ledger.transaction() as connection:
            mark_rejected(connection, intent.submission.submission_id, str(error))
            if means_the_pair:
                self._leave(connection, intent.pair, reason_of(error))
        if means_the_pair:
            self._refused_in_a_row[intent.pair.question_id] += 1
            logger.warning("The API refuses a pair (%s): %s", intent.pair.subject, error)
        else:
            self.submitted.stopped_by = error

    def _leave(self, connection: sa.Connection, pair: ClaimedPair, reason: Reason | str) -> None:
        refused = [Pair(pair.question_id, pair.subject)]
        skip_pairs(connection, self.run_id, refused, SkipKind.INVALID, reason)
        self.submitted.refused += 1


def _request(question: Question, pair: ClaimedPair, *, webhook_url: str | None) -> SignalRequest:
    is_contact = question.about is SubjectType.CONTACT
    return SignalRequest(
        question=question.text,
        domain=None if is_contact else pair.subject,
        contact_profile_url=pair.subject if is_contact else None,
        answer_type=question.sent_as.value,
        output_schema=question.output_schema,
        weight=question.weight,
        qualification_criteria=criteria_to_send(question),
        # A template's question would be asked instead of ours, and its answer belong to nobody.
        signal_template_id=question.template_id if question.is_asked_by_template else None,
        verification_mode=question.verification_mode.value,
        connectors=question.connectors,
        webhook_url=webhook_url,
        force_refresh=pair.force_refresh,
    )
