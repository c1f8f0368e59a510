"""Reads error bodies: of refused requests, and of single refused signals in a batch.

Bodies seen: the envelope ``{"error": {…}}``, the flat 429 ``{"statusCode", "error", "message"}``, HTML pages of
intermediaries, and empty ones. The error of a batch's item is a text or an object.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from saber_pipeline.api.decode import UnreadableReplyError, json_object, mapping, text
from saber_pipeline.errors import PAYMENT_REQUIRED, FieldProblem
from saber_pipeline.foreign_text import one_line

if TYPE_CHECKING:
    from saber_pipeline.api.call import Reply

LONGEST_QUOTE = 300
LONGEST_DETAILS = 4_000
FIELDS_QUOTED = 5

CONNECTOR_CODES = frozenset({"LINKEDIN_RATE_LIMIT_EXCEEDED", "LINKEDIN_CONNECTOR_REQUIRED", "CONNECTOR_UNAVAILABLE"})
"""The documented codes for research that a connector could not do. They concern one question, whatever the status."""


@dataclass(frozen=True)
class ErrorBody:
    """The fields of an error body; None if missing. ``details`` is JSON.

    ``cause``: its errorCode, the code of a service behind the API. ``action``: the API's advice.
    """

    message: str | None = None
    code: str | None = None
    error_type: str | None = None
    request_id: str | None = None
    fields: tuple[FieldProblem, ...] = ()
    cause: str | None = None
    action: str | None = None
    details: str | None = None

    @property
    def names_payment(self) -> bool:
        """Whether a code reports a lack of credits. Words in texts or in other codes are not evidence."""
        return PAYMENT_REQUIRED in (self.error_type, self.code, self.cause)

    @property
    def names_connector(self) -> bool:
        """Whether a connector could not do the research: the fault is neither the key's nor that of our rate."""
        return self.code in CONNECTOR_CODES or self.cause in CONNECTOR_CODES

    @property
    def is_bare_text(self) -> bool:
        """Whether the body has no field for programs, so that something else must tell the cause."""
        return not (self.code or self.error_type or self.cause or self.fields)


def read_error_body(reply: Reply) -> ErrorBody:
    """Read any error body. Never raises."""
    request_id = reply.headers.get("x-request-id")
    try:
        whole = json_object(reply.body)
    except UnreadableReplyError:
        return ErrorBody(message=_quoted(reply.body), request_id=request_id)
    return read_error(whole, request_id=request_id)


def read_error(whole: Mapping[str, Any], *, request_id: str | None = None) -> ErrorBody:
    """The error in ``whole``: an object or a text under ``error``, and the fields beside it."""
    error = whole.get("error")
    envelope = mapping(error)
    inner: Mapping[str, Any] = whole if envelope is None else envelope
    action = text(inner.get("errorAction")) or text(whole.get("errorAction"))
    details = mapping(inner.get("details")) or mapping(whole.get("details"))
    cause = text(inner.get("errorCode")) or text(whole.get("errorCode"))
    return ErrorBody(
        message=text(inner.get("message")) or text(error),
        code=text(inner.get("code")) or cause,
        error_type=text(inner.get("type")) or (text(error) if envelope is None and "statusCode" in whole else None),
        request_id=text(inner.get("requestId")) or text(whole.get("requestId")) or request_id,
        fields=_fields(inner.get("fields")),
        cause=cause,
        action=action,
        details=_json(details) if details else None,
    )


def error_tail(error: ErrorBody) -> str:
    """The error as the end of a sentence, ``: ….``, with the request's id."""
    parts = [error.message or error.code or ("" if error.action else "it gives no reason")]
    if error.action:
        parts.append(f"to do, by the API: {error.action}")
    parts += [f"{problem.field}: {problem.message}" for problem in error.fields[:FIELDS_QUOTED]]
    if len(error.fields) > FIELDS_QUOTED:
        parts.append("and more fields")
    if error.details:
        parts.append(f"details: {error.details}")
    request = f" (request {error.request_id})" if error.request_id else ""
    return ": " + "; ".join(one_line(part, LONGEST_QUOTE).rstrip(".") for part in parts if part) + request + "."


def _json(details: Mapping[str, Any]) -> str:
    """``details`` as JSON; if it is very long, its beginning as a JSON string."""
    whole = msgspec.json.encode(details).decode()
    return whole if len(whole) <= LONGEST_DETAILS else msgspec.json.encode(whole[:LONGEST_DETAILS]).decode()


def _fields(found: Any) -> tuple[FieldProblem, ...]:
    if isinstance(found, dict):
        return tuple(FieldProblem(name, text(message) or "not accepted") for name, message in found.items())
    if not isinstance(found, list):
        return ()
    problems: list[FieldProblem] = []
    for item in found:
        if isinstance(item, dict):
            problems.append(FieldProblem(text(item.get("field")) or "?", text(item.get("message")) or "not accepted"))
        elif isinstance(item, str):
            problems.append(FieldProblem(item, "not accepted"))
    return tuple(problems)


def _quoted(body: bytes) -> str | None:
    """The title of a web page, or the text itself, as one short line."""
    content = body[:20_000].decode("utf-8", errors="replace")
    title = re.search(r"<title[^>]*>(.*?)</title>", content, re.IGNORECASE | re.DOTALL)
    line = " ".join(re.sub(r"<[^>]*>", " ", title[1] if title else content).split())
    return line[:LONGEST_QUOTE] or None
