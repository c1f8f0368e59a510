"""Tolerant reading of JSON values that deviate from the documented interface.

Each function takes what was found and gives the wanted type or None; none of them raises.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from saber_pipeline.api.broken_json import decoded, is_json, mended

LARGEST_WHOLE_NUMBER = 2**53
"""Beyond it JSON's numbers are not exact, and neither the ledger nor the warehouse could keep them."""

FIRST_YEAR, LAST_YEAR = 2000, 2199
"""A time outside is a mistake of whoever wrote it. Services write the year 1, or 1970, where they have no time."""

UNIX_TIME = re.compile(r"[0-9]{9,14}(\.[0-9]+)?")
MILLISECONDS_FROM = 1e11
"""Unix times above this are milliseconds (in seconds it would be the year 5138)."""


class UnreadableReplyError(ValueError):
    """A body does not match its operation. Used inside the client only; callers see an ApiError."""


def text(value: object) -> str | None:
    """A string; numbers and booleans as JSON writes them, everything else and ``""`` as None."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int | float):
        return json.dumps(value)
    return None


def whole_number(value: object) -> int | None:
    """A whole number from 0 to 2⁵³, also from ``12.0`` and ``"12"``; what is between two is rounded down."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = int(value) if isinstance(value, int) else int(float(value))
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number <= LARGEST_WHOLE_NUMBER else None


def moment(value: object) -> datetime | None:
    """An ISO 8601 date with or without fraction, offset or ``Z`` (none means UTC), or Unix time, as UTC.

    None also for a year that no event of the API can have. The warehouse reads times likewise, with its macro utc_time.
    """
    found = _moment(value)
    return found if found is not None and FIRST_YEAR <= found.year <= LAST_YEAR else None


def utc_moment(written: str | None) -> datetime | None:
    """``moment`` of a text, for the hot path: nearly every one ends with ``Z``."""
    try:
        if written is not None and written[-1:] == "Z":
            found = datetime.fromisoformat(written)
            if found.tzinfo is UTC and FIRST_YEAR <= found.year <= LAST_YEAR:
                return found
    except ValueError:
        return None
    return moment(written)


def _moment(value: object) -> datetime | None:
    try:
        if isinstance(value, str) and value[-1:] != "Z" and UNIX_TIME.fullmatch(value.strip()):
            value = float(value)
        if isinstance(value, str):
            parsed = datetime.fromisoformat(value if value[-1:] == "Z" else value.strip().upper())
            if parsed.tzinfo is UTC:
                return parsed
            return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > MILLISECONDS_FROM else value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def mapping(value: object) -> dict[str, Any] | None:
    """A JSON object."""
    return value if isinstance(value, dict) else None


def texts(value: object) -> tuple[str, ...]:
    """The strings of a JSON list."""
    return tuple(found for item in value if (found := text(item)) is not None) if isinstance(value, list) else ()


def json_object(body: bytes) -> dict[str, Any]:
    """The body as a JSON object. Raises UnreadableReplyError when it is none."""
    try:
        value = json_value(body)
    except (msgspec.DecodeError, RecursionError):
        raise UnreadableReplyError("the reply is JSON that nests too deep") from None
    if not isinstance(value, dict):
        raise UnreadableReplyError("the reply is not a JSON object")
    return value


def json_value(body: bytes) -> Any:
    """JSON or almost-JSON as Python has it. Raises UnreadableReplyError, DecodeError or RecursionError."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return msgspec.json.decode(strict_json(body))


def strict_json(body: bytes) -> bytes:
    """Almost-JSON as JSON: a byte order mark, NaN, control characters, lone surrogates and bad UTF-8 are put right.

    Raises UnreadableReplyError when it is beyond that, as a cut body is.
    """
    text = mended(decoded(body))
    if not is_json(text):
        raise UnreadableReplyError("the reply is not JSON, or was cut off")
    return text.encode("utf-8", errors="replace")
