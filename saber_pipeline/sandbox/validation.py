"""Turns requests into typed values, or refuses them with the name of the field."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from saber_pipeline.sandbox.bodies import DOMAIN_PATTERN, URL_PATTERN, UUID_PATTERN
from saber_pipeline.sandbox.refused_requests import RefusalError, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

Body = TypeVar("Body")

BAD_REQUEST = 400
UNPROCESSABLE = 422
MAX_BODY_BYTES = 10_000_000
SCHEMA_TYPES = {"object", "array", "string", "number", "integer", "boolean", "null"}
MAX_SCHEMA_PROPERTIES = 100
MAX_SCHEMA_LEVELS = 5


async def read_body(request: Request, kind: type[Body], *, invalid_status: int = UNPROCESSABLE) -> Body:
    """The request's JSON as ``kind``.

    Malformed JSON always gives 400. A value that the schema does not allow gives ``invalid_status``, which differs
    between operations in openapi.json.
    """
    raw = await request.body()
    if len(raw) > MAX_BODY_BYTES:
        raise RefusalError(413, "PAYLOAD_TOO_LARGE", f"The body has {len(raw)} bytes")
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `")
        field = path.rstrip("`").removeprefix("$").removeprefix(".") or named_field(problem)
        raise invalid(field, problem, status=invalid_status) from None
    except msgspec.DecodeError as error:
        raise RefusalError(BAD_REQUEST, "BAD_REQUEST", f"The body is not JSON: {error}") from None


def named_field(problem: str) -> str:
    """The field in msgspec's text, which alone names unknown and missing fields of the root."""
    match = re.search(r"field `([^`]+)`", problem)
    return match.group(1) if match else ""


def check_output_schema(answer_type: str, schema: Mapping[str, Any] | None, field: str, status: int) -> None:
    """Refuse an ``outputSchema`` beyond the documented limits."""
    if answer_type != "json_schema":
        return
    if schema is None:
        raise invalid(field, "is required for answerType json_schema", status=status)
    if schema.get("type") != "object":
        raise invalid(field, "the root must be an object", status=status)
    properties = _check_level(schema, field, 1, status)
    if properties > MAX_SCHEMA_PROPERTIES:
        raise invalid(field, f"has {properties} properties, at most 100 are allowed", status=status)


def _check_level(schema: Mapping[str, Any], field: str, level: int, status: int) -> int:
    if level > MAX_SCHEMA_LEVELS:
        raise invalid(field, "is nested deeper than 5 levels", status=status)
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            raise invalid(field, f"{word} is not supported", status=status)
    kinds = schema.get("type", [])
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        if kind not in SCHEMA_TYPES:
            raise invalid(field, f"type {kind!r} is not supported", status=status)
    count = 0
    properties = schema.get("properties", {})
    if not isinstance(properties, dict):
        raise invalid(field, "properties must be an object", status=status)
    for name, inner in properties.items():
        if not isinstance(inner, dict):
            raise invalid(f"{field}.{name}", "must be a schema", status=status)
        count += 1 + _check_level(inner, f"{field}.{name}", level + 1, status)
    items = schema.get("items")
    if isinstance(items, dict):
        count += _check_level(items, f"{field}[]", level + 1, status)
    return count


class Query:
    """The query string. Every problem gives 400."""

    def __init__(self, request: Request, allowed: frozenset[str]) -> None:
        self._params = request.query_params
        for name in self._params:
            if name not in allowed:
                raise invalid(name, "unknown query parameter", status=BAD_REQUEST)

    def text(
        self, name: str, *, pattern: str | None = None, max_length: int = 2048, required: bool = False
    ) -> str | None:
        value = self._params.get(name)
        if value is None:
            if required:
                raise invalid(name, "is required", status=BAD_REQUEST)
            return None
        if not value or len(value) > max_length or (pattern and not re.match(pattern, value)):
            raise invalid(name, "is not valid", status=BAD_REQUEST)
        return value

    def domain(self, *, required: bool = False) -> str | None:
        value = self.text("domain", pattern=DOMAIN_PATTERN, max_length=253, required=required)
        return value.lower() if value else None

    def url(self, name: str) -> str | None:
        return self.text(name, pattern=URL_PATTERN, max_length=500)

    def uuid(self, name: str) -> str | None:
        return self.text(name, pattern=UUID_PATTERN)

    def integer(self, name: str, default: int, low: int, high: int | None = None) -> int:
        value = self._params.get(name)
        if value is None:
            return default
        if not re.fullmatch(r"-?\d{1,18}", value):
            raise invalid(name, "must be an integer", status=BAD_REQUEST)
        number = int(value)
        if number < low or (high is not None and number > high):
            allowed = f"between {low} and {high}" if high is not None else f"at least {low}"
            raise invalid(name, f"must be {allowed}", status=BAD_REQUEST)
        return number

    def moment_us(self, name: str) -> int | None:
        """A date-time with a zone, in microseconds since 1970."""
        value = self._params.get(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise invalid(name, "must be an RFC 3339 date-time", status=BAD_REQUEST)
        return round(moment.timestamp() * 1_000_000)

    def statuses(self) -> frozenset[str]:
        values = self._params.getlist("status")
        for value in values:
            if value not in {"processing", "completed", "failed"}:
                raise invalid("status", f"{value!r} is not a status", status=BAD_REQUEST)
        return frozenset(values)
