"""The settings of a sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OutOfCreditsWay(StrEnum):
    """What happens to a purchase that the balance does not cover. The real API's way is unknown."""

    PAYMENT_REQUIRED = "payment_required"  # the whole request is refused with 402
    REJECT_ITEMS = "reject_items"  # signals that the balance covers are made, the others are rejected one by one
    FAIL_LATER = "fail_later"  # all signals are made, and those that the balance does not cover fail


class AnswerKeySpelling(StrEnum):
    """The key of an open text answer. The documents and the clients of the API differ."""

    DOCS = "open_text"
    CLIENTS = "openText"


class RateLimitShape(StrEnum):
    """The body of a 429."""

    FLAT = "flat"
    ENVELOPE = "envelope"
    ALTERNATE = "alternate"


class SignatureStyle(StrEnum):
    """The form of a webhook's signature. The real API's form is not public."""

    HEX = "hex"
    BASE64 = "base64"
    PREFIXED_HEX = "sha256=hex"
    PREFIXED_BASE64 = "sha256=base64"


class EnvelopeStyle(StrEnum):
    """The envelope around a webhook's event. The real API's envelope is not public."""

    DATA = "data"  # {"event": …, "data": {"id": …}}
    SIGNAL = "signal"  # {"id": <of the event>, "type": …, "signal": {"id": …}}
    FLAT = "flat"  # {"eventType": …, "signalId": …}


@dataclass(frozen=True)
class RateLimit:
    """A token bucket: ``burst`` tokens, refilled at ``per_minute``."""

    per_minute: float
    burst: int


@dataclass(frozen=True)
class SandboxSettings:
    """Everything that can be chosen when a sandbox starts. The defaults suit a person who tries questions."""

    seed: int = 1
    id_salt: str = ""  # another salt gives other ids: a sandbox that lost its state must not give out old ids again
    credits: int = 100_000
    credits_per_signal: int = 1
    required_key: str | None = None  # None: any key that starts with sk_
    processing_seconds: tuple[float, float] = (0.5, 3.0)
    creation_spread_seconds: float = 1.0  # how long an async batch goes on creating signals
    async_domain_cap: int | None = None
    cache_hours: float = 12
    cache_hits_charged: bool = False
    not_known_share: float = 0.08
    failed_share: float = 0.03
    degraded_share: float = 0.0  # the share of signals that are researched without LinkedIn
    changed_share: float = 0.3  # the share of pairs researched again that get another answer
    reads: RateLimit = RateLimit(per_minute=100_000, burst=10_000)
    writes: RateLimit = RateLimit(per_minute=2_000, burst=400)
    rate_limit_shape: RateLimitShape = RateLimitShape.ALTERNATE
    out_of_credits_way: OutOfCreditsWay = OutOfCreditsWay.PAYMENT_REQUIRED
    answer_key_spelling: AnswerKeySpelling = AnswerKeySpelling.DOCS
    currency_value_as_text: bool = False
    template_only_batch_items: bool = False  # the documents allow items without a question; clients saw them refused
    sales_navigator_connected: bool = True
    summary_seconds: float = 0.2
    webhook_secret: str = "whsec_sandbox"  # noqa: S105 - guards nothing
    webhook_signature: SignatureStyle = SignatureStyle.HEX
    webhook_envelope: EnvelopeStyle = EnvelopeStyle.DATA
    webhook_first_retry_seconds: float = 0.2
    credits_per_summary: int = 0  # the price of a requested summary; the real price is not public
