"""Purchases: which wishes are cache hits, which signals are made, their cost and how they will end."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from saber_pipeline.sandbox.journal_events import SignalsMade, SignalSurfaced
from saber_pipeline.sandbox.records import Asked, Batch, Outcome, Signal
from saber_pipeline.sandbox.refused_requests import payment_required
from saber_pipeline.sandbox.sandbox_settings import OutOfCreditsWay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saber_pipeline.sandbox.sandbox_state import Sandbox

HOUR_MS = 3_600_000
ERROR_CODES = (
    "LINKEDIN_RATE_LIMIT_EXCEEDED",
    "LINKEDIN_CONNECTOR_REQUIRED",
    "CONNECTOR_UNAVAILABLE",
    "VALIDATION_ERROR",
)
DEGRADED_REASONS = ("rate_limited", "disconnected")


@dataclass(frozen=True)
class Wish:
    """One requested pair."""

    subject: str
    asked: Asked
    is_forced: bool = False
    subscription_id: str = ""
    webhook_url: str = ""


@dataclass
class Receipt:
    """The outcome of each wish, in order: a signal, or None for a wish rejected for lack of credits."""

    signals: list[Signal | None] = field(default_factory=list)
    fresh: int = 0


def buy(sandbox: Sandbox, wishes: Sequence[Wish], batch: Batch | None = None) -> Receipt:
    """Fulfil the wishes as one event: all of them, or none.

    With a ``batch`` (async mode) the signals are created one after another over ``creation_spread_seconds``.

    Raises:
        RefusalError: 402, if the settings say so.
    """
    purchase = _Purchase(sandbox, batch)
    receipt = Receipt()
    for index, wish in enumerate(wishes):
        receipt.signals.append(purchase.fulfil(wish, index / len(wishes)))
    credits_left = sandbox.credits - purchase.cost
    if credits_left < 0:
        raise payment_required(purchase.cost, sandbox.credits)
    receipt.fresh = len(purchase.made)
    if purchase.made or purchase.hits or batch:
        sandbox.record(
            SignalsMade(
                asked=list(purchase.new_asked),
                signals=purchase.made,
                hits=purchase.hits,
                credits_left=credits_left,
                batch=batch,
                webhooks=purchase.webhooks,
            )
        )
    if batch is None:
        for signal in receipt.signals:
            if signal is not None and signal.created_ms > purchase.now_ms:
                sandbox.record(SignalSurfaced(signal_id=signal.id, created_ms=purchase.now_ms))
    return receipt


class _Purchase:
    """One call of ``buy``. Changes nothing outside itself."""

    def __init__(self, sandbox: Sandbox, batch: Batch | None) -> None:
        self.now_ms = sandbox.clock.now_ms()
        self.made: list[Signal] = []
        self.new_asked: dict[Asked, int] = {}
        self.webhooks: dict[str, str] = {}
        self.hits = 0
        self.cost = 0
        self._sandbox = sandbox
        self._store = sandbox.store
        self._batch = batch
        self._own: dict[tuple[int, str], Signal] = {}
        self._price = sandbox.settings.credits_per_signal
        self._way: OutOfCreditsWay = sandbox.in_force("out_of_credits_way")
        self._hit_price = self._price if sandbox.in_force("cache_hits_charged") else 0
        self._failed: float = sandbox.in_force("failed_share")
        self._not_known: float = sandbox.in_force("not_known_share")
        self._degraded: float = sandbox.in_force("degraded_share")
        self._error_code = sandbox.faults.effects.error_code

    def fulfil(self, wish: Wish, place: float) -> Signal | None:
        """The signal for a wish. ``place`` (0..1) is the wish's place in the batch."""
        number = self._number_of(wish.asked)
        pair = (number, wish.subject)
        previous = self._own.get(pair) or self._store.newest(number, wish.subject)
        if previous is not None and not wish.is_forced and self._is_cached(previous):
            self.hits += 1
            self.cost += self._hit_price
            return previous
        is_covered = self._sandbox.credits - self.cost >= self._price
        if not is_covered and self._way is OutOfCreditsWay.REJECT_ITEMS:
            return None
        is_paid = is_covered or self._way is not OutOfCreditsWay.FAIL_LATER
        signal = self._new_signal(wish, number, previous, place, is_paid=is_paid)
        if self._is_lost(signal):
            return None
        self.cost += signal.credits
        self.made.append(signal)
        self._own[pair] = signal
        if wish.webhook_url:
            self.webhooks[signal.id] = wish.webhook_url
        return signal

    def _number_of(self, asked: Asked) -> int:
        number = self._store.number_of(asked)
        if number is None:
            number = self.new_asked.setdefault(asked, len(self._store.asked) + len(self.new_asked))
        return number

    def _is_cached(self, signal: Signal) -> bool:
        since_ms = self.now_ms - self._sandbox.settings.cache_hours * HOUR_MS
        # The cache does not serve unpaid signals, so that a retry after a top-up can succeed.
        return signal.created_ms > since_ms and signal.outcome is not Outcome.UNPAID

    def _is_lost(self, signal: Signal) -> bool:
        share = self._sandbox.faults.effects.lost_member_share
        return self._batch is not None and _chances(signal.id)[3] < share

    def _new_signal(self, wish: Wish, number: int, previous: Signal | None, place: float, *, is_paid: bool) -> Signal:
        sandbox, settings = self._sandbox, self._sandbox.settings
        before = [] if previous is None else [previous, *self._store.history(previous)]
        researched = [signal for signal in before if signal.outcome is not Outcome.UNPAID]
        attempt = len(researched)
        pair_text = f"{settings.seed}|{wish.subject}|{wish.asked.question}|{wish.asked.answer_type}"
        # Whether a pair fails is drawn for each attempt, so that a retry can succeed.
        fails, waits, changes, stuck = _chances(f"{pair_text}|{attempt}")
        revision = 0
        if researched:
            revision = researched[0].revision + (1 if changes < settings.changed_share else 0)
        # Whether the answer is known is drawn for each revision, so that "no change" is true.
        known = _chances(f"{pair_text}|known {revision}")[0]
        if not is_paid:
            outcome = Outcome.UNPAID
        elif stuck < sandbox.faults.effects.stuck_share:
            outcome = Outcome.STUCK
        elif fails < self._failed:
            outcome = Outcome.FAILED
        else:
            outcome = Outcome.NOT_KNOWN if known < self._not_known else Outcome.ANSWERED
        error_code = ""
        if outcome is Outcome.FAILED:
            error_code = self._error_code or ERROR_CODES[int(fails / self._failed * len(ERROR_CODES)) % 4]
        lacks, kind, _, _ = _chances(f"{pair_text}|degraded {attempt}")
        degraded_reason = DEGRADED_REASONS[int(kind * len(DEGRADED_REASONS))] if lacks < self._degraded else ""
        spread = settings.creation_spread_seconds * 1000 if self._batch else 0
        created_ms = self.now_ms + int(spread * place)
        low, high = settings.processing_seconds
        return Signal(
            id=sandbox.new_id("signal"),
            subject=wish.subject,
            asked=number,
            created_ms=created_ms,
            ready_ms=created_ms + int(1000 * (low + (high - low) * waits)),
            outcome=outcome,
            revision=revision,
            previous_id=previous.id if previous else "",
            is_forced=wish.is_forced,
            batch_id=self._batch.id if self._batch else "",
            credits=self._price if is_paid else 0,
            error_code=error_code,
            subscription_id=wish.subscription_id,
            degraded_reason=degraded_reason,
        )


def _chances(text: str) -> tuple[float, float, float, float]:
    """Four numbers in 0..1 that depend on the text alone."""
    digest = hashlib.blake2b(text.encode(), digest_size=32).digest()
    first, second, third, fourth = (int.from_bytes(digest[i : i + 8]) / 2**64 for i in (0, 8, 16, 24))
    return first, second, third, fourth
