"""Writes: what is sent, what comes back, and never a second purchase by accident."""

from __future__ import annotations

import socket
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.api.batches import AsyncBatch, BatchItem, SyncBatch
from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.error_bodies import ErrorBody
from saber_pipeline.api.signal_requests import SignalRequest
from saber_pipeline.api.transport import RequestLimits
from saber_pipeline.errors import (
    ApiConflictError,
    ApiInvalidError,
    ApiOutcomeUnknownError,
    ApiRefusedError,
    ApiServerError,
    ApiUnreachableError,
)
from saber_pipeline_tests.api.exchanges import KEY, SIGNAL, exchange
from saber_pipeline_tests.api.fake_clock import FakeClock
from saber_pipeline_tests.api.scripted_server import ScriptedReply, reply_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ASYNC_REPLY = {
    "batchId": "b-1",
    "submittedAt": "2026-03-01T12:00:00Z",
    "totalSignals": 2,
    "status": "accepted",
    "async": True,
}
NEVER_REPEATED = {
    "reset": ScriptedReply(is_reset=True),
    "silence": ScriptedReply(is_silent=True),
    "dripping": ScriptedReply(body=b"x" * 100, drip_seconds=0.05),
    "cut reply": ScriptedReply(body=b'{"batchId": "b-1"}', cut_at=5),
    "status 500": ScriptedReply(status=500),
    "status 503": ScriptedReply(status=503, headers={"Retry-After": "1"}),
    "status 408": ScriptedReply(status=408),
    "unreadable success": ScriptedReply(body=b"<html>fine</html>"),
    "other success": reply_json({"ok": True}),
    "redirect": ScriptedReply(status=302, headers={"Location": "https://www.example.com/"}),
    "permanent redirect": reply_json({"error": {"type": "NOT_FOUND", "code": "MOVED"}}, 308),
    "page 403": ScriptedReply(status=403, body=b"<html><title>Forbidden</title></html>"),
    "page 404": ScriptedReply(status=404, body=b"<html><title>Not found</title></html>"),
    "page 429": ScriptedReply(status=429, body=b"<html>Slow down</html>", headers={"Retry-After": "1"}),
    "empty 400": ScriptedReply(status=400),
    "empty 429": ScriptedReply(status=429),
    "cut 422": ScriptedReply(status=422, body=b'{"error": {"code": "VALIDATION_ERROR", "mess'),
    "another's 403": reply_json({"message": "Forbidden"}, 403),
    "another's 404": reply_json({"error": {"code": 404, "status": "NOT_FOUND", "message": "no"}}, 404),
    "another's 400": reply_json({"statusCode": 400, "error": "Bad Request", "message": "no"}, 400),
    "another's 429": reply_json({"message": "Too Many Requests"}, 429),
    "no object": reply_json(["error"], 422),
    "conflict": reply_json({"error": {"type": "CONFLICT", "code": "CONFLICT", "requestId": "r"}}, 409),
    "another status": reply_json({"error": {"type": "INTERNAL", "code": "GONE", "requestId": "r"}}, 410),
}
REFUSALS = (400, 401, 402, 403, 404, 413, 422)


def buy(*, asynchronous: bool = True) -> Callable[[SaberClient], Awaitable[Any]]:
    item = BatchItem(question="Q?", qualification_criteria=MappingProxyType({"yes": "good"}))
    return lambda client: client.create_signal_batch([item], ["a.com", "b.com"], asynchronous=asynchronous)


@pytest.mark.parametrize("reply", NEVER_REPEATED.values(), ids=NEVER_REPEATED.keys())
def test_a_doubtful_purchase_is_sent_once(reply: ScriptedReply) -> None:
    """Whatever may have bought something is reported as unknown and not sent again."""
    exchanged = exchange(buy(), reply)
    assert isinstance(exchanged.error, ApiOutcomeUnknownError)
    assert len(exchanged.received) == 1


@pytest.mark.parametrize("status", REFUSALS)
@pytest.mark.parametrize("error", [{"type": "VALIDATION"}, {"code": "SOMETHING_NEW", "requestId": "r-1"}], ids=str)
def test_the_apis_own_refusal_bought_nothing(status: int, error: dict[str, str]) -> None:
    """A refusing status with the documented error object says that nothing happened, with whatever code."""
    exchanged = exchange(buy(), reply_json({"error": error}, status))
    assert isinstance(exchanged.error, ApiRefusedError)
    assert len(exchanged.received) == 1


@pytest.mark.parametrize("body", [b"", b"<html>busy</html>", b'{"error": {"type": "CONFLICT", "code": "CONFLICT"}}'])
def test_a_summary_that_is_being_made(body: bytes) -> None:
    """Of a summary a 409 says that one is being made, whatever stands beside it."""
    exchanged = exchange(lambda client: client.create_summary("a.com"), ScriptedReply(status=409, body=body))
    assert isinstance(exchanged.error, ApiConflictError)


def test_a_page_pauses_the_writes_behind_it() -> None:
    """A page with 429 is an unknown outcome, and the next write waits as long as it says all the same."""

    async def act(client: SaberClient) -> Any:
        with pytest.raises(ApiOutcomeUnknownError, match="is not a refusal by the API"):
            await buy()(client)
        return await buy()(client)

    page = ScriptedReply(status=429, body=b"<html>Slow down</html>", headers={"Retry-After": "7"})
    exchanged = exchange(act, page, reply_json(ASYNC_REPLY))
    assert isinstance(exchanged.result, AsyncBatch)
    assert 7 <= exchanged.clock.seconds < 8


def test_server_error_is_told_apart() -> None:
    """A 5xx is an unknown outcome that keeps its status."""
    exchanged = exchange(buy(), reply_json({"error": {"type": "INTERNAL", "code": "X", "requestId": "r-9"}}, 502))
    assert isinstance(exchanged.error, ApiServerError)
    assert (exchanged.error.status, exchanged.error.code, exchanged.error.request_id) == (502, "X", "r-9")


def test_unreadable_success_keeps_its_body() -> None:
    """A purchase whose reply cannot be read keeps what came, for whoever looks into it."""
    exchanged = exchange(buy(), ScriptedReply(body=b"<html>fine</html>"))
    assert isinstance(exchanged.error, ApiOutcomeUnknownError)
    assert (exchanged.error.status, exchanged.error.body) == (200, b"<html>fine</html>")


def test_a_refused_connection_is_tried_again_and_reported_as_never_sent() -> None:
    """A write that no connection could be made for is repeated, then reported as without effect."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"

        async def act(_: SaberClient) -> None:
            async with SaberClient(KEY, address, clock=clock) as client:
                try:
                    await buy()(client)
                finally:
                    writes.append(client.writes)

        clock, writes = FakeClock(), list[int]()
        exchanged = exchange(act, ScriptedReply())
    assert isinstance(exchanged.error, ApiUnreachableError)
    assert writes == [6]
    assert len(clock.slept) == 5


def test_rate_limited_purchase_is_sent_again() -> None:
    """A 429 certainly bought nothing: the write waits as told and is sent again."""
    exchanged = exchange(
        buy(), reply_json({"statusCode": 429, "error": "Too Many", "retryAfter": 7}, 429), reply_json(ASYNC_REPLY)
    )
    assert exchanged.result == AsyncBatch("b-1", exchanged.result.submitted_at, 2)
    assert 7 <= exchanged.clock.seconds < 8
    assert (exchanged.client.writes, exchanged.client.request_counts["create_signal_batch"]) == (2, 2)


def test_writes_never_share_a_connection() -> None:
    """Each write opens its own connection: a server closing an idle one cannot swallow it."""

    async def act(client: SaberClient) -> None:
        await buy()(client)
        await buy()(client)

    exchanged = exchange(act, reply_json(ASYNC_REPLY))
    assert [request.connection for request in exchanged.received] == [1, 2]


def test_batch_body() -> None:
    """Only what is set is sent, forceRefresh only when true, async only when asked for."""
    exchanged = exchange(buy(), reply_json(ASYNC_REPLY, 202))
    assert exchanged.received[0].json == {
        "signals": [{"question": "Q?", "qualificationCriteria": {"yes": "good"}}],
        "domains": ["a.com", "b.com"],
        "async": True,
    }
    assert BatchItem(template_id="t", force_refresh=True).body() == {"templateId": "t", "forceRefresh": True}


def test_sync_reply_to_an_async_request() -> None:
    """The kind of batch goes by the reply: ids that came back are never thrown away."""
    reply = {
        "results": [SIGNAL, {"status": "failed", "error": "bad domain", "domain": "b.com"}],
        "accepted": 1,
    }
    exchanged = exchange(buy(asynchronous=True), reply_json(reply, 202))
    assert isinstance(exchanged.result, SyncBatch)
    assert [item.is_rejected for item in exchanged.result.items] == [False, True]


@pytest.mark.parametrize(
    ("item", "is_rejected"),
    [
        ({"id": "a", "status": "processing"}, False),
        ({"id": "a", "status": "failed", "error": "cached failure"}, False),
        ({"id": "a", "status": "rejected"}, True),
        ({"status": "accepted"}, False),
        ({"status": " Accepted", "message": "will be processed"}, False),
        ({"status": "accepted", "error": "", "message": "will be processed"}, False),
        ({"status": "queued"}, False),
        ({"status": "queued", "message": "soon"}, False),
        ({"status": "queued", "error": "no such company"}, True),
        ({"status": "queued", "errorCode": "INVALID_DOMAIN"}, True),
        ({"status": "failed", "message": "no such company"}, True),
        ({"message": "no such company"}, True),
        ({"status": "processing", "error": "no credits"}, True),
        ({"error": {"message": "bad"}}, True),
        ({}, True),
        ("text", True),
    ],
)
def test_rejected_items(item: Any, is_rejected: bool) -> None:
    """An item with an id was bought even when it failed; one accepted without an id may have been."""
    exchanged = exchange(buy(asynchronous=False), reply_json({"results": [item]}, 202))
    assert exchanged.result.items[0].is_rejected is is_rejected


FAILED = {"id": "a", "status": "failed", "error": "no credits"}


@pytest.mark.parametrize(
    ("status", "reply", "rejected"),
    [
        (202, {"accepted": 1, "rejected": 1, "results": [SIGNAL, FAILED]}, [False, True]),
        (202, {"accepted": 2, "rejected": 0, "results": [SIGNAL, FAILED]}, [False, False]),
        (202, {"accepted": 1, "rejected": 1, "results": [FAILED, {"status": "failed"}]}, [False, True]),
        (202, {"accepted": 0, "rejected": 2, "results": [SIGNAL, SIGNAL]}, [False, False]),
        (202, {"results": [SIGNAL, FAILED | {"id": "00000000-0000-0000-0000-000000000000"}]}, [False, True]),
        (422, {"accepted": 0, "rejected": 2, "results": [FAILED, FAILED]}, [True, True]),
        (422, {"results": [FAILED]}, [True]),
        (422, {"results": [SIGNAL]}, [False]),
        (422, {"accepted": 1, "rejected": 0, "results": [FAILED]}, [False]),
    ],
)
def test_a_rejected_item_may_have_an_id(status: int, reply: dict[str, Any], rejected: list[bool]) -> None:
    """A failed item that the reply counts as rejected, as all of a 422 are, was never made: nobody waits for its id."""
    items = exchange(buy(asynchronous=False), reply_json(reply, status)).result.items
    assert [item.is_rejected for item in items] == rejected
    assert all(item.id is None for item in items if item.is_rejected)


@pytest.mark.parametrize("status", [202, 422])
def test_a_batch_of_which_nothing_was_scheduled(status: int) -> None:
    """A reply that counts every signal as rejected is a refusal also without an item for any of them."""
    nothing = {"totalSignals": 2, "accepted": 0, "rejected": 2, "results": []}
    assert exchange(buy(asynchronous=False), reply_json(nothing, status)).result.schedules_nothing
    some = exchange(buy(asynchronous=False), reply_json({"accepted": 2, "rejected": 0, "results": []}, 202))
    assert not some.result.schedules_nothing


def test_batch_inside_a_422() -> None:
    """A 422 that holds a batch is that batch, with its rejected items."""
    exchanged = exchange(
        buy(), reply_json({"results": [{"status": "rejected", "error": "no", "domain": "a.com"}]}, 422)
    )
    assert isinstance(exchanged.result, SyncBatch)
    assert exchanged.result.items[0].error == ErrorBody(message="no")


def test_error_inside_a_422() -> None:
    """A 422 without results is a refusal that names the fields."""
    fields = [{"field": "domains", "message": "at most 100"}]
    error = {"type": "VALIDATION", "code": "INVALID", "requestId": "r-1", "message": "Bad.", "fields": fields}
    exchanged = exchange(buy(), reply_json({"error": error}, 422))
    assert isinstance(exchanged.error, ApiInvalidError)
    assert [(problem.field, problem.message) for problem in exchanged.error.fields] == [("domains", "at most 100")]
    assert str(exchanged.error) == (
        "create signal batch: the API calls the request invalid: Bad; domains: at most 100 (request r-1)."
    )


def test_sync_create_waits_longer_than_the_api() -> None:
    """The reply may take the time the API was asked to wait, on top of the usual limit."""
    limits = RequestLimits(connect_seconds=2, reply_seconds=0.05, total_seconds=0.1)
    reply = ScriptedReply(body=b'{"id": "a"}', drip_seconds=0.02)
    request = SignalRequest(question="Q?", domain="a.com")
    exchanged = exchange(lambda c: c.create_company_signal_sync(request, timeout_seconds=5), reply, limits=limits)
    assert exchanged.result.id == "a"
    headers = exchanged.received[0].headers
    assert headers["x-sbr-timeout-sec"] == "5"
    assert "x-sbr-timeout-error" not in headers
