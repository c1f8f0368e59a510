"""Turns error replies into the errors of saber_pipeline/errors.py.

A write counts as refused only if the reply has the API's own format. A page of an intermediary may come after the
purchase as well as before it. See ``error_bodies.py`` for the formats.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from saber_pipeline.api.decode import UnreadableReplyError, json_object
from saber_pipeline.api.error_bodies import error_tail, read_error_body
from saber_pipeline.errors import (
    ApiConflictError,
    ApiError,
    ApiInvalidError,
    ApiKeyRefusedError,
    ApiNotFoundError,
    ApiOutcomeUnknownError,
    ApiRateLimitedError,
    ApiRefusedError,
    ApiReplyError,
    ApiServerError,
    ApiUnreachableError,
    OutOfCreditsError,
)

if TYPE_CHECKING:
    from saber_pipeline.api.call import Call, NoReply, Reply

KINDS: dict[int, tuple[type[ApiError], str]] = {
    400: (ApiInvalidError, "calls the request invalid"),
    401: (ApiKeyRefusedError, "does not accept the key {key} (check SABER_API_KEY)"),
    402: (OutOfCreditsError, "reports that there are not enough credits"),
    403: (ApiKeyRefusedError, "does not allow this to the key {key} (check SABER_API_KEY)"),
    404: (ApiNotFoundError, "does not know the requested object"),
    409: (ApiConflictError, "is already busy with this"),
    413: (ApiInvalidError, "calls the request too large"),
    422: (ApiInvalidError, "calls the request invalid"),
    429: (ApiRateLimitedError, "limits the rate of requests"),
}

CONNECTOR_VERDICT = "cannot use the connector that this needs"

REFUSING = KINDS.keys() - {HTTPStatus.CONFLICT}
"""The statuses with which the API refuses a request before it does anything. A 409 does not prove that."""


def reply_error(call: Call, reply: Reply, *, masked_key: str) -> ApiError:
    error = read_error_body(reply)
    kind: type[ApiError]
    known = not call.is_write or shows_no_effect(reply) or reply.status in call.plain_statuses
    if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        kind, verdict = ApiServerError, f"failed with status {reply.status}"
        advice = " It is not known whether the request had its effect." if call.is_write else ""
    elif reply.status == HTTPStatus.REQUEST_TIMEOUT:
        kind, verdict, advice = ApiOutcomeUnknownError, "gave up waiting", ""
    elif not known:
        kind = ApiOutcomeUnknownError
        verdict = f"may or may not have done this: the reply with status {reply.status} is not a refusal by the API"
        advice = " Something between here and the API may have sent it: check SABER_BASE_URL and proxies."
    elif reply.status < HTTPStatus.BAD_REQUEST:
        kind, verdict = ApiRefusedError, f"redirects the request (status {reply.status})"
        advice = " Check SABER_BASE_URL."
    elif error.names_connector and reply.status in REFUSING - {HTTPStatus.PAYMENT_REQUIRED}:
        # One question is refused for its connector, not the key (401, 403) or the rate of requests (429).
        kind, verdict, advice = ApiInvalidError, CONNECTOR_VERDICT, ""
    else:
        kind, verdict = KINDS.get(reply.status, (ApiRefusedError, f"refused the request with status {reply.status}"))
        advice = ""
    sentence = f"{call.title}: the API {verdict.format(key=masked_key)}{error_tail(error)}"
    return kind(
        sentence + advice,
        status=reply.status,
        code=error.code,
        error_type=error.error_type,
        request_id=error.request_id,
        fields=error.fields,
        cause=error.cause,
        action=error.action,
        details=error.details,
        body=reply.body,
    )


def limits_our_rate(reply: Reply) -> bool:
    """Whether a reply limits the rate of requests: a 429 that waiting ends. LinkedIn's own limit lasts a day."""
    return reply.status == HTTPStatus.TOO_MANY_REQUESTS and not read_error_body(reply).names_connector


def shows_no_effect(reply: Reply) -> bool:
    """Whether a reply proves that a write was refused: a status of REFUSING with a documented error body."""
    if reply.status not in REFUSING:
        return False
    try:
        whole = json_object(reply.body)
    except UnreadableReplyError:
        return False
    error = whole.get("error")
    if isinstance(error, dict):
        return any(isinstance(error.get(name), str) and error[name] for name in ("code", "type"))
    is_flat = isinstance(error, str) and whole.get("statusCode") == HTTPStatus.TOO_MANY_REQUESTS
    return is_flat and reply.status == HTTPStatus.TOO_MANY_REQUESTS


def no_reply_error(call: Call, failure: NoReply, *, base_url: str) -> ApiError:
    if failure.was_never_sent:
        return ApiUnreachableError(
            f"{call.title}: the API at {base_url} cannot be reached ({failure.reason}). "
            "Nothing was sent; check SABER_BASE_URL and the network."
        )
    effect = " It is not known whether the request had its effect." if call.is_write else ""
    return ApiOutcomeUnknownError(f"{call.title}: no complete reply came ({failure.reason}).{effect}")


def unreadable_error(call: Call, reply: Reply, problem: Exception, *, body: bytes) -> ApiError:
    """The error for a successful reply that cannot be read. A write had its effect."""
    kind = ApiOutcomeUnknownError if call.is_write else ApiReplyError
    effect = " The request was accepted, but its effect is not known." if call.is_write else ""
    return kind(f"{call.title}: the API's reply cannot be read ({problem}).{effect}", status=reply.status, body=body)
