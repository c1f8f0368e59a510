"""Tolerant reading of JSON values, and of answers' payloads, that deviate from the documented interface.

The functions for single values return the wanted type or None and never raise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from saber_pipeline.api.broken_json import decoded, is_json, mended

LARGEST_WHOLE_NUMBER = 2**53
"""Larger JSON numbers are not exact, and neither the ledger nor the warehouse can store them."""

FIRST_YEAR, LAST_YEAR = 2000, 2199
"""Times outside are errors. Some services write the year 1 or 1970 if they have no time."""

UNIX_TIME = re.compile(r"[0-9]{9,14}(\.[0-9]+)?")
MILLISECONDS_FROM = 1e11
"""Unix times above this are milliseconds (as seconds, it is the year 5138)."""


class UnreadableReplyError(ValueError):
    """A body does not match its operation. Used inside the client only; callers see an ApiError."""


def text(value: object) -> str | None:
    """A string; numbers and booleans as JSON text; None for everything else and for ``""``."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int | float):
        return json.dumps(value)
    return None


def plain_status(value: object) -> str:
    """A status in lower case without blanks around it; "" if there is none. As the load's macro of this name."""
    return (text(value) or "").strip().lower()


def error_text(error: object) -> str | None:
    """The error of a signal or a research as text: an object's message, or else its JSON.

    The warehouse reads errors in the same way, with its macro error_text.
    """
    if isinstance(error, dict):
        return text(error.get("message")) or msgspec.json.encode(error).decode()
    return msgspec.json.encode(error).decode() if isinstance(error, list) else text(error)


def whole_number(value: object) -> int | None:
    """A whole number from 0 to 2⁵³, also from ``12.0`` and ``"12"``. Fractions are rounded down."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = int(value) if isinstance(value, int) else int(float(value))
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number <= LARGEST_WHOLE_NUMBER else None


def moment(value: object) -> datetime | None:
    """An ISO 8601 date with or without fraction, offset or ``Z`` (none means UTC), or Unix time, as UTC.

    None also for an impossible year. The warehouse reads times in the same way, with its macro utc_time.
    """
    found = _moment(value)
    return found if found is not None and FIRST_YEAR <= found.year <= LAST_YEAR else None


def utc_moment(written: str | None) -> datetime | None:
    """A fast ``moment`` for texts: nearly every one ends with ``Z``."""
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
    """``value`` if it is a JSON object."""
    return value if isinstance(value, dict) else None


def json_object(body: bytes) -> dict[str, Any]:
    """The body as a JSON object. Raises UnreadableReplyError if it is none."""
    try:
        value = json_value(body)
    except (msgspec.DecodeError, RecursionError):
        raise UnreadableReplyError("the reply is JSON that nests too deep") from None
    if not isinstance(value, dict):
        raise UnreadableReplyError("the reply is not a JSON object")
    return value


def json_value(body: bytes) -> Any:
    """JSON or almost-JSON as Python values. Raises UnreadableReplyError, DecodeError or RecursionError."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return msgspec.json.decode(strict_json(body))


def strict_json(body: bytes) -> bytes:
    """Repair almost-JSON with a byte order mark, NaN, control characters, lone surrogates or invalid UTF-8.

    Raises UnreadableReplyError for other errors, such as a cut body.
    """
    text = mended(decoded(body))
    if not is_json(text):
        raise UnreadableReplyError("the reply is not JSON, or was cut off")
    return text.encode("utf-8", errors="replace")


def answer_payload(answer: Mapping[str, Any] | None) -> tuple[str, Any] | None:
    """``(type, payload)`` of a signal's ``answer``; None for "not known" and for an answer without a payload.

    Tries the type as a key as it is, in camelCase and in snake_case, then the only other key. The returned type is
    unchanged. The payload of a json_schema answer is the object itself; other payloads have ``value``.
    """
    if not isinstance(answer, Mapping):
        return None
    answer_type = answer.get("type")
    if not isinstance(answer_type, str):
        return None
    for key in (answer_type, camel_case(answer_type), snake_case(answer_type)):
        # The key "type" is never a payload, not even in an answer of the type "type".
        if key != "type" and answer.get(key) is not None:
            return answer_type, answer[key]
    others = [key for key in answer if key != "type"]
    if len(others) == 1 and answer[others[0]] is not None:
        return answer_type, answer[others[0]]
    return None


def camel_case(name: str) -> str:
    """``open_text`` → ``openText``."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def snake_case(name: str) -> str:
    """``openText`` → ``open_text``."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
