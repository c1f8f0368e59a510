"""Token buckets for each key, separate for reads and writes, with the API's headers and its two bodies of a 429."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saber_pipeline.sandbox.sandbox_settings import RateLimit, RateLimitShape

if TYPE_CHECKING:
    from saber_pipeline.sandbox.sandbox_settings import SandboxSettings


@dataclass
class Bucket:
    limit: RateLimit
    tokens: float
    updated_seconds: float

    def take(self, now_seconds: float) -> bool:
        elapsed = max(0.0, now_seconds - self.updated_seconds)
        self.tokens = min(self.limit.burst, self.tokens + elapsed * self.limit.per_minute / 60)
        self.updated_seconds = now_seconds
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    @property
    def full_at_seconds(self) -> int:
        """Unix time at which the whole burst is available again."""
        missing = self.limit.burst - self.tokens
        return math.ceil(self.updated_seconds + missing * 60 / self.limit.per_minute)

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-Ratelimit-Limit": str(self.limit.burst),
            "X-Ratelimit-Remaining": str(int(self.tokens)),
            "X-Ratelimit-Reset": str(self.full_at_seconds),
        }


class RateLimits:
    """One bucket for each key and class of request."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._reads = settings.reads
        self._writes = settings.writes
        self._shape = settings.rate_limit_shape
        self._buckets: dict[tuple[str, bool], Bucket] = {}
        self._refusals = 0

    def bucket(self, key: str, method: str, now_seconds: float) -> Bucket:
        is_read = method in {"GET", "HEAD"}
        limit = self._reads if is_read else self._writes
        return self._buckets.setdefault((key, is_read), Bucket(limit, limit.burst, now_seconds))

    def refusal(self, bucket: Bucket, now_seconds: float) -> dict[str, Any]:
        """The body of a 429, in the shape that the settings ask for."""
        self._refusals += 1
        shape = self._shape
        if shape is RateLimitShape.ALTERNATE:
            shape = RateLimitShape.FLAT if self._refusals % 2 else RateLimitShape.ENVELOPE
        return too_many_requests(shape, max(1, math.ceil(bucket.full_at_seconds - now_seconds)))


def too_many_requests(shape: RateLimitShape, retry_after_seconds: int) -> dict[str, Any]:
    if shape is RateLimitShape.ENVELOPE:
        return {
            "error": {
                "type": "TIMEOUT",
                "code": "TOO_MANY_REQUESTS",
                "message": "Rate limit exceeded",
                "requestId": str(uuid.uuid4()),
            }
        }
    return {
        "statusCode": 429,
        "error": "Too Many Requests",
        "message": "Rate limit exceeded",
        "retryAfter": retry_after_seconds,
    }
