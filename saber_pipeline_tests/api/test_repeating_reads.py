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
from saber_pipeline_tests.api.playing import KEY, SHOWN_KEY, play
from saber_pipeline_tests.api.scripted_server import Play, says

CREDITS = says({"remainingCredits": 42})
PASSING = {
    "reset": Play(is_reset=True),
    "silence": Play(is_silent=True),
    "cut reply": Play(body=b'{"remainingCredits": 4212}', cut_at=22),
    "cut JSON": Play(body=b'{"remainingCredits": 42'),
    "HTML": Play(body=b"<html>Hold on</html>"),
    "status 500": Play(status=500),
    "status 503": Play(status=503, body=b"<html><title>Busy</title></html>"),
    "status 408": Play(status=408),
}


@pytest.mark.parametrize("failure", PASSING.values(), ids=PASSING.keys())
def test_a_passing_failure_is_repeated(failure: Play) -> None:
    """A read that meets a passing failure is sent again, after a wait, and gives its answer."""
    played = play(lambda client: client.get_credits(), failure, CREDITS)
    assert played.result == 42
    assert len(played.clock.slept) == 1
    assert (played.client.reads, played.client.writes) == (2, 0)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Play(is_reset=True), ApiOutcomeUnknownError),
        (Play(status=500), ApiServerError),
        (Play(body=b"nonsense"), ApiReplyError),
    ],
)
def test_a_lasting_failure_ends(failure: Play, kind: type[ApiError]) -> None:
    """After six attempts, with growing and capped waits between them, the failure is reported."""
    played = play(lambda client: client.get_credits(), failure)
    assert type(played.error) is kind
    assert len(played.received) == 6
    assert all(0 <= wait <= 0.5 * 2**n for n, wait in enumerate(played.clock.slept))


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
    played = play(lambda client: client.get_credits(), Play(status=status, headers={"Location": "http://x"}))
    assert type(played.error) is kind
    assert len(played.received) == 1


def test_search_is_repeated() -> None:
    """A contact search is a POST without effect: it is repeated like a read."""
    page = says({"items": [], "total": 0, "limit": 25, "offset": 0, "salesNavConnected": False})
    played = play(lambda c: c.search_contacts(ContactSearchRequest(keywords="cto")), Play(is_reset=True), page)
    assert played.result.is_sales_nav_connected is False
    assert played.received[1].json == {"keywords": "cto", "limit": 25, "offset": 0}


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Play(status=404, body=b"<html><title>Not\n here</title><p>x</p></html>"), "Not here."),
        (Play(status=404, body=b""), "it gives no reason."),
        (says({"statusCode": 404, "error": "Not Found", "message": "Gone."}, 404), "Gone."),
        (says({"error": {"code": "GONE"}}, 404, X_Request_Id="r-2"), "GONE (request r-2)."),
        (says({"error": {"message": "m", "fields": {"a": "b"}}}, 404), "m; a: b."),
    ],
)
def test_error_bodies_of_any_shape(reply: Play, said: str) -> None:
    """Whatever an error body looks like, the error says in one sentence what it says."""
    played = play(lambda client: client.get_credits(), reply)
    assert str(played.error) == f"get credits: the API does not know what was asked for: {said}"


def test_the_key_shows_nowhere() -> None:
    """Neither an error with its context, nor a body that echoes the key, nor a repr shows it."""
    echo = says({"error": {"message": f"key {KEY} is wrong", "fields": [{"field": KEY, "message": KEY}]}}, 401)
    played = play(lambda client: client.get_credits(), echo)
    assert isinstance(played.error, ApiKeyRefusedError)
    shown = f"{played.error!r}{played.error.fields}{played.error.body!r}{played.client!r}{vars(played.error)}"
    assert KEY not in shown
    assert SHOWN_KEY in str(played.error)


def test_no_http_error_hides_behind_ours() -> None:
    """An error for a lost connection has no httpx error chained to it, whose request holds the key."""
    played = play(lambda client: client.get_credits(), Play(is_reset=True))
    assert played.error is not None
    assert (played.error.__cause__, played.error.__context__) == (None, None)
