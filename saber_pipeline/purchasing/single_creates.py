"""Buying one signal by one request: what batches cannot carry, and everything about contacts.

Every create is a submission of its own, so that what is unknown of one leaves the others alone. Each names
the signal's id in its reply. A handful goes by the sync endpoint, whose reply holds the answer as a rule.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.signal_requests import SignalRequest
from saber_pipeline.api.signals import Signal
from saber_pipeline.collection.receive import Receiver
from saber_pipeline.config.questions.criteria_forms import criteria_to_send
from saber_pipeline.config.questions.question import Question, SubjectType
from saber_pipeline.errors import ApiError, ApiInvalidError, ApiOutcomeUnknownError, is_out_of_credits
from saber_pipeline.ledger.claims import ClaimedPair, Pair, leave_unserved
from saber_pipeline.ledger.purchases import ClaimLostError, Submission, accept, give_back, intend, is_intended, refuse
from saber_pipeline.ledger.reasons import Reason, reason_of
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.ledger.tables import Route, UnservedKind
from saber_pipeline.purchasing.fence import Fence, NeverSentError
from saber_pipeline.purchasing.lost_replies import note_lost_reply
from saber_pipeline.purchasing.result import Submitted

logger = logging.getLogger(__name__)

FRUITLESS_REFUSALS = 40
"""So many refusals of one question in a row, and the rest of its pairs is refused with them."""


@dataclass(frozen=True)
class SingleSettings:
    """At most ``at_once`` creates are under way. Up to ``sync_pairs`` pairs wait ``sync_seconds`` for their answers."""

    at_once: int
    sync_pairs: int
    sync_seconds: int


@dataclass
class SingleSender:
    """Sends claimed pairs of one run one by one, many at once, and counts in ``submitted`` what came of it."""

    client: SaberClient
    ledger: Ledger
    receiver: Receiver
    run_id: str
    questions: Mapping[str, Question]
    fence: Fence
    settings: SingleSettings
    webhook_url: str | None
    submitted: Submitted
    price: Decimal = Decimal(1)
    _refused_in_a_row: Counter[str] = field(default_factory=Counter)

    async def send(self, claimed: Sequence[ClaimedPair], *, is_all: bool = True) -> None:
        """Send ``claimed``, or stop at what says that no more can be bought now.

        ``is_all``: nothing comes after them, so that a handful may be waited for.
        """
        is_handful = is_all and len(claimed) <= self.settings.sync_pairs
        route = Route.SINGLE_SYNC if is_handful else Route.SINGLE
        waiting = deque(claimed)
        before = self.submitted.sent

        async def send_on() -> None:
            while waiting and self.submitted.may_go_on:
                await self._send(waiting.popleft(), route)

        senders = [asyncio.ensure_future(send_on()) for _ in range(min(self.settings.at_once, len(claimed)))]
        try:
            await asyncio.gather(*senders)
        finally:
            for sender in senders:
                sender.cancel()
        if self.submitted.sent > before:
            logger.info("%s signals accepted, one by one.", f"{self.submitted.sent - before:,}")

    async def _send(self, pair: ClaimedPair, route: Route) -> None:
        if self._refused_in_a_row[pair.question_id] >= FRUITLESS_REFUSALS:
            self._leave(pair, f"the API refused this question {FRUITLESS_REFUSALS} times in a row")
            return
        try:
            with self.ledger.transaction() as connection:
                submission = intend(
                    connection,
                    run_id=self.run_id,
                    route=route,
                    force_refresh=pair.force_refresh,
                    pairs=[pair],
                    intended_at=self.client.server_clock.now().timestamp(),
                    machine_at=self.client.stopwatch.wall(),
                    price=self.price,
                )
            self.ledger.checkpoint()
        except ClaimLostError as error:
            logger.warning("%s", error)
            return
        self.submitted.posts += 1
        sent_as = submission.submission_id
        try:
            with self.fence.around(lambda connection: is_intended(connection, sent_as, self.run_id)):
                signal = await self._create(pair, route)
        except NeverSentError as error:
            with self.ledger.transaction() as connection:
                give_back(connection, sent_as, self.run_id)
            self.submitted.posts -= 1
            logger.warning("%s", error)
        except ApiOutcomeUnknownError as error:
            note_lost_reply(self.client, self.ledger, self.submitted, submission, error)
        except ApiError as error:
            self._note_refused(submission, pair, error)
        else:
            self._note_accepted(submission, pair, signal)

    async def _create(self, pair: ClaimedPair, route: Route) -> Signal:
        question = self.questions[pair.question_id]
        request = _request(question, pair, webhook_url=self.webhook_url)
        seconds = self.settings.sync_seconds
        if question.about is SubjectType.CONTACT:
            if route is Route.SINGLE_SYNC:
                return await self.client.create_contact_signal_sync(request, timeout_seconds=seconds)
            return await self.client.create_contact_signal(request)
        if route is Route.SINGLE_SYNC:
            return await self.client.create_company_signal_sync(request, timeout_seconds=seconds)
        return await self.client.create_signal(request)

    def _note_accepted(self, submission: Submission, pair: ClaimedPair, signal: Signal) -> None:
        this = Pair(pair.question_id, pair.subject)
        # One that was waited for was made long before its reply came.
        is_new = pair.force_refresh and submission.route is Route.SINGLE
        self.client.server_clock.observe_stamp(signal.created_at, is_new=is_new)
        with self.ledger.transaction() as connection:
            accept(
                connection,
                submission.submission_id,
                submitted_at=None,
                signal_ids={this: signal.id},
            )
        self._refused_in_a_row[pair.question_id] = self.submitted.unknown_in_a_row = 0
        self.submitted.sent += 1
        if signal.is_done and submission.route is Route.SINGLE_SYNC:
            self.receiver.take([signal])

    def _note_refused(self, submission: Submission, pair: ClaimedPair, error: ApiError) -> None:
        with self.ledger.transaction() as connection:
            refuse(connection, submission.submission_id, str(error))
        if isinstance(error, ApiInvalidError) and not is_out_of_credits(error):
            self._refused_in_a_row[pair.question_id] += 1
            logger.warning("The API refuses a pair (%s): %s", pair.subject, error)
            self._leave(pair, reason_of(error))
        else:
            self.submitted.stopped_by = error

    def _leave(self, pair: ClaimedPair, reason: Reason | str) -> None:
        with self.ledger.transaction() as connection:
            refused = [Pair(pair.question_id, pair.subject)]
            leave_unserved(connection, self.run_id, refused, UnservedKind.INVALID, reason)
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
