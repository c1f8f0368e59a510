"""Reads are repeated on every passing failure, and only as often as allowed."""

from __future__ import annotations

import pytest

from saber_pipeline.api.contacts import ContactSearchRequest
from saber_pipeline.errors import (
    ApiConflictError,
    ApiError,
    ApiInvalidError,
    ApiKeyRefusedError,
    ApiNotFoundError,
    ApiOutcomeUnknownError,
    ApiRefusedError,
    ApiReplyError,
    ApiServerError,
    OutOfCreditsError,
)
from saber_pipeline_tests.api.exchanges import KEY, SHOWN_KEY, exchange
from saber_pipeline_tests.api.scripted_server import ScriptedReply, reply_json

CREDITS = reply_json({"remainingCredits": 42})
PASSING = {
    "reset": ScriptedReply(is_reset=True),
    "silence": ScriptedReply(is_silent=True),
    "cut reply": ScriptedReply(body=b'{"remainingCredits": 4212}', cut_at=22),
    "cut JSON": ScriptedReply(body=b'{"remainingCredits": 42'),
    "HTML": ScriptedReply(body=b"<html>Hold on</html>"),
    "status 500": ScriptedReply(status=500),
    "status 503": ScriptedReply(status=503, body=b"<html><title>Busy</title></html>"),
    "status 408": ScriptedReply(status=408),
}


@pytest.mark.parametrize("failure", PASSING.values(), ids=PASSING.keys())
def test_a_passing_failure_is_repeated(failure: ScriptedReply) -> None:
    """A read that meets a passing failure is sent again, after a wait, and gives its answer."""
    exchanged = exchange(lambda client: client.get_credits(), failure, CREDITS)
    assert exchanged.result == 42
    assert len(exchanged.clock.slept) == 1
    assert (exchanged.client.reads, exchanged.client.writes) == (2, 0)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (ScriptedReply(is_reset=True), ApiOutcomeUnknownError),
        (ScriptedReply(status=500), ApiServerError),
        (ScriptedReply(body=b"nonsense"), ApiReplyError),
    ],
)
def test_a_lasting_failure_ends(failure: ScriptedReply, kind: type[ApiError]) -> None:
    """After six attempts, with growing and capped waits between them, the failure is reported."""
    exchanged = exchange(lambda client: client.get_credits(), failure)
    assert type(exchanged.error) is kind
    assert len(exchanged.received) == 6
    assert all(0 <= wait <= 0.5 * 2**n for n, wait in enumerate(exchanged.clock.slept))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, ApiRefusedError),
        (400, ApiInvalidError),
        (401, ApiKeyRefusedError),
        (402, OutOfCreditsError),
        (403, ApiKeyRefusedError),
        (404, ApiNotFoundError),
        (409, ApiConflictError),
        (413, ApiInvalidError),
        (418, ApiRefusedError),
        (422, ApiInvalidError),
    ],
)
def test_a_refusal_is_not_repeated(status: int, kind: type[ApiError]) -> None:
    """Every refusal has its own error, at once."""
    exchanged = exchange(
        lambda client: client.get_credits(), ScriptedReply(status=status, headers={"Location": "http://x"})
    )
    assert type(exchanged.error) is kind
    assert len(exchanged.received) == 1


def test_search_is_repeated() -> None:
    """A contact search is a POST without effect: it is repeated like a read."""
    page = reply_json({"items": [], "total": 0, "limit": 25, "offset": 0, "salesNavConnected": False})
    exchanged = exchange(
        lambda c: c.search_contacts(ContactSearchRequest(keywords="cto")), ScriptedReply(is_reset=True), page
    )
    assert exchanged.result.is_sales_nav_connected is False
    assert exchanged.received[1].json == {"keywords": "cto", "limit": 25, "offset": 0}


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (ScriptedReply(status=404, body=b"<html><title>Not\n here</title><p>x</p></html>"), "Not here."),
        (ScriptedReply(status=404, body=b""), "it gives no reason."),
        (reply_json({"statusCode": 404, "error": "Not Found", "message": "Gone."}, 404), "Gone."),
        (reply_json({"error": {"code": "GONE"}}, 404, X_Request_Id="r-2"), "GONE (request r-2)."),
        (reply_json({"error": {"message": "m", "fields": {"a": "b"}}}, 404), "m; a: b."),
    ],
)
def test_error_bodies_of_any_shape(reply: ScriptedReply, said: str) -> None:
    """Whatever an error body looks like, the error says in one sentence what it says."""
    exchanged = exchange(lambda client: client.get_credits(), reply)
    assert str(exchanged.error) == f"get credits: the API does not know the requested object: {said}"


def test_the_key_shows_nowhere() -> None:
    """Neither an error with its context, nor a body that echoes the key, nor a repr shows it."""
    echo = reply_json({"error": {"message": f"key {KEY} is wrong", "fields": [{"field": KEY, "message": KEY}]}}, 401)
    exchanged = exchange(lambda client: client.get_credits(), echo)
    assert isinstance(exchanged.error, ApiKeyRefusedError)
    error = exchanged.error
    shown = f"{error!r}{error.fields}{error.body!r}{exchanged.client!r}{vars(error)}"
    assert KEY not in shown
    assert SHOWN_KEY in str(exchanged.error)


def test_no_http_error_hides_behind_ours() -> None:
    """An error for a lost connection has no httpx error chained to it, whose request holds the key."""
    exchanged = exchange(lambda client: client.get_credits(), ScriptedReply(is_reset=True))
    assert exchanged.error is not None
    assert (exchanged.error.__cause__, exchanged.error.__context__) == (None, None)
