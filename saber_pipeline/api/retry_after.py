"""Reads waiting times from a reply: Retry-After, the rate limit's headers, and ``retryAfter`` in a 429's body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from saber_pipeline.api.decode import LARGEST_WHOLE_NUMBER, UnreadableReplyError, json_object, whole_number
from saber_pipeline.api.server_clock import http_date

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from saber_pipeline.api.call import Reply

LONGEST_NAMED_WAIT_SECONDS = 86_400.0
RELATIVE_RESET_BELOW = 1e9
MILLISECOND_RESET_FROM = 1e11


@dataclass(frozen=True)
class RateLimits:
    """The rate limits in a reply's headers, for its class of requests; None for a missing header."""

    limit: int | None
    remaining: int | None
    seconds_to_reset: float | None


def rate_limits(headers: Mapping[str, str], server_now: datetime) -> RateLimits:
    """The rate limits in ``headers``."""
    return RateLimits(
        whole_number(headers.get("x-ratelimit-limit")),
        whole_number(headers.get("x-ratelimit-remaining")),
        seconds_to_reset(headers, server_now),
    )


def retry_after_seconds(reply: Reply, server_now: datetime) -> float | None:
    """The wait that a 429 names: ``retryAfter``, else X-Ratelimit-Reset, else Retry-After, else None.

    A wait of more than a day is an error and counts as not named.
    """
    waits = (_body_wait(reply.body), seconds_to_reset(reply.headers, server_now), _header_wait(reply, server_now))
    return next((wait for wait in waits if wait is not None and 0 < wait <= LONGEST_NAMED_WAIT_SECONDS), None)


def seconds_to_reset(headers: Mapping[str, str], server_now: datetime) -> float | None:
    """Seconds until X-Ratelimit-Reset, which is Unix seconds. Milliseconds and relative seconds are accepted too."""
    reset = _number(headers.get("x-ratelimit-reset"))
    if reset is None:
        return None
    if reset < RELATIVE_RESET_BELOW:
        return max(0.0, reset)
    at = reset / 1000 if reset > MILLISECOND_RESET_FROM else reset
    return max(0.0, at - server_now.timestamp())


def _body_wait(body: bytes) -> float | None:
    try:
        whole = json_object(body)
    except UnreadableReplyError:
        return None
    error = whole.get("error")
    inner = error.get("retryAfter") if isinstance(error, dict) else None
    return _number(whole.get("retryAfter", inner))


def _header_wait(reply: Reply, server_now: datetime) -> float | None:
    header = reply.headers.get("retry-after")
    seconds = _number(header)
    if seconds is not None:
        return seconds
    date = http_date(header)
    return None if date is None else (date - server_now).total_seconds()


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number <= LARGEST_WHOLE_NUMBER else None
