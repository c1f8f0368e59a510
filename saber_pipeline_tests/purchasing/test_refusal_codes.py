"""What a refusal says for programs decides what is done: its status, type, code and fields, and the balance."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

import httpx
import pytest

from saber_pipeline.errors import ApiError, OutOfCreditsError, is_out_of_credits
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.world import (
    BATCHES,
    CLOUD,
    LENIENT,
    SIZE,
    InterceptingTransport,
    World,
    domains,
    outcomes,
)

WORDS = ("QUOTA_FIELD_INVALID", "CREDIT_RATING_UNKNOWN", "PAYMENT_REQUIRED_FIELD", "payment_required", "balance sheet")


def answer_posts(world: World, reply: Any) -> None:
    """Answer every batch and single create with what ``reply(body)`` gives; None goes on to the sandbox."""

    def before(request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST" or "signals" not in request.url.path:
            return None
        found: httpx.Response | None = reply(json.loads(request.content))
        return found

    world.transport = lambda: InterceptingTransport(before=before)


def refused(status: int, **error: Any) -> httpx.Response:
    return httpx.Response(status, json={"error": {"requestId": "r-1", **error}})


@pytest.mark.parametrize("code", WORDS)
def test_a_word_in_a_code_is_no_lack_of_credits(code: str) -> None:
    """Only the status 402, or PAYMENT_REQUIRED as type, code or errorCode, says that credits are lacking."""
    assert not is_out_of_credits(ApiError("no credits left, says the quota", status=422, code=code, cause=code))
    assert is_out_of_credits(ApiError("", status=422, code="PAYMENT_REQUIRED"))
    assert is_out_of_credits(ApiError("", status=422, error_type="PAYMENT_REQUIRED"))
    assert is_out_of_credits(ApiError("", status=422, code=code, cause="PAYMENT_REQUIRED"))
    assert is_out_of_credits(ApiError("", status=402, code=code))


@pytest.mark.parametrize("question", [SIZE, LENIENT], ids=["batch", "single"])
@pytest.mark.slow
def test_a_refusal_whose_code_has_such_a_word_goes_on(world: World, question: Any) -> None:
    """One pair refused by a code and a text that speak of credits is refused alone, and the run does not stop."""
    world.write_list(domains(12))
    bad = "company00007.com"
    answer_posts(
        world,
        lambda body: (
            refused(422, type="VALIDATION", code="CREDIT_RATING_UNKNOWN", message="credit balance unknown")
            if bad in (*body.get("domains", ()), body.get("domain"))
            else None
        ),
    )
    result = world.run(question)
    assert result.stopped_by is None
    assert outcomes(result) == {Outcome.ANSWERED: 11, Outcome.REFUSED: 1}
    assert world.ledger_rows("SELECT subject, kind FROM unserved") == [(bad, "invalid")]


@pytest.mark.parametrize("question", [SIZE, LENIENT], ids=["batch", "single"])
def test_the_exact_code_stops_the_buying(world: World, question: Any) -> None:
    """PAYMENT_REQUIRED under another status stops the run as a 402 does: every pair waits for credits."""
    world.write_list(domains(12))
    answer_posts(world, lambda _: refused(422, type="PAYMENT_REQUIRED", code="PLAN_ENDED", message="no"))
    result = world.run(question)
    assert result.stopped_by is not None
    assert is_out_of_credits(result.stopped_by) if isinstance(result.stopped_by, ApiError) else False
    assert {kind for (kind,) in world.ledger_rows("SELECT kind FROM unserved")} == {"credits"}


@pytest.mark.parametrize(
    ("code", "outcome"),
    [("BALANCE_SHEET_UNAVAILABLE", Outcome.FAILED), ("PAYMENT_REQUIRED", Outcome.REFUSED)],
)
@pytest.mark.sweep(keep=1)
def test_failed_signals_by_their_code(start: StartWorld, code: str, outcome: Outcome) -> None:
    """A signal that failed with a word of money in its code has failed, and waits as failures do."""
    world = start(failed_share=1.0)
    world.effects(error_code=code)
    world.write_list(domains(5))
    result = world.run(SIZE)
    assert outcomes(result) == {outcome: 5}
    assert isinstance(result.stopped_by, OutOfCreditsError) is (outcome is Outcome.REFUSED)
    if outcome is Outcome.FAILED:
        assert outcomes(world.run(SIZE)) == {Outcome.FAILED: 5}
        assert world.posts() == 1


@pytest.mark.parametrize("balance", [0, 1_000])
@pytest.mark.slow
def test_a_bare_text_is_explained_by_the_balance(world: World, balance: int) -> None:
    """Items of a batch that are refused with nothing but a text lack credits where the balance does not cover them."""
    world.write_list(domains(6))

    def reply(body: dict[str, Any]) -> httpx.Response:
        world.sandbox.set_credits(balance)
        rows = [{"domain": d, "question": SIZE.text, "status": "failed", "error": "Not today"} for d in body["domains"]]
        return httpx.Response(422, json={"totalSignals": 6, "accepted": 0, "rejected": 6, "results": rows})

    answer_posts(world, reply)
    result = world.run(SIZE)
    assert outcomes(result) == {Outcome.REFUSED: 6}
    assert isinstance(result.stopped_by, OutOfCreditsError) is (balance == 0)
    kind = "credits" if balance == 0 else "invalid"
    assert set(world.ledger_rows("SELECT kind, subject FROM unserved")) == {(kind, d) for d in domains(6)}
    assert {row[0] for row in world.published("SELECT reason FROM refusals")} == {"Not today."}


ACTION, DETAILS = "Reconnect Sales Navigator at Saber", {"seat": {"state": "expired"}, "service": "linkedin"}
ADVICE = {"errorCode": "SEAT_EXPIRED", "errorAction": ACTION, "details": DETAILS}


def _whole(_: dict[str, Any]) -> httpx.Response:
    return refused(422, type="UNPROCESSABLE_ENTITY", code="UPSTREAM", message="The seat ended", **ADVICE)


def _rows(body: dict[str, Any]) -> httpx.Response:
    rows = [
        {"domain": domain, "question": SIZE.text, "status": "failed", "error": "The seat ended", **ADVICE}
        if number % 2
        else {
            "domain": domain,
            "question": SIZE.text,
            "status": "failed",
            "error": {"code": "UPSTREAM", "message": "The seat ended", **ADVICE},
        }
        for number, domain in enumerate(body["domains"])
    ]
    return httpx.Response(422, json={"accepted": 0, "rejected": len(rows), "results": rows})


@pytest.mark.parametrize(
    ("question", "reply"),
    [(SIZE, _whole), (SIZE, _rows), (LENIENT, _whole)],
    ids=["batch", "items of a batch", "single"],
)
@pytest.mark.slow
def test_what_the_api_advises_is_kept_and_logged(
    world: World, question: Any, reply: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """errorAction, errorCode and details of a refusal stand in ``refusals``, and the log says what to do."""
    world.write_list(domains(3))
    answer_posts(world, reply)
    with caplog.at_level(logging.WARNING):
        assert outcomes(world.run(question)) == {Outcome.REFUSED: 3}
    kept = set(world.published("SELECT error_code, error_action, details->>'$.seat.state' FROM refusals"))
    assert kept == {("SEAT_EXPIRED", ACTION, "expired")}
    assert all(
        "The seat ended" in reason and ACTION in reason for (reason,) in world.published("SELECT reason FROM refusals")
    )
    assert ACTION in caplog.text


def test_what_stops_a_run_says_what_to_do(world: World) -> None:
    """The sentence with which a run ends holds the API's advice and details, not only its message."""
    world.write_list(domains(3))
    answer_posts(world, lambda _: refused(403, type="FORBIDDEN", code="SEAT", message="No seat", **ADVICE))
    stopped_by = world.run(SIZE).stopped_by
    assert isinstance(stopped_by, ApiError)
    assert (stopped_by.action, stopped_by.cause) == (ACTION, "SEAT_EXPIRED")
    assert f"No seat; to do, by the API: {ACTION}; details: " in str(stopped_by)
    assert '"service":"linkedin"' in str(stopped_by)


@pytest.mark.slow
def test_details_of_any_length_and_shape(world: World) -> None:
    """Very long details are kept as the JSON text of their beginning, and details of another shape do no harm."""
    world.write_list(domains(2))
    long = {"trace": "x" * 50_000}
    answer_posts(world, lambda _: refused(422, type="VALIDATION", code="V", message="m", details=long))
    world.run(SIZE)
    ((kind, length),) = world.published("SELECT DISTINCT json_type(details), length(details) FROM refusals")
    assert (kind, length < 6_000) == ("VARCHAR", True)
    answer_posts(world, lambda _: refused(422, type="VALIDATION", code="V", message="m", details=["a"], errorAction=7))
    assert outcomes(world.run(CLOUD)) == {Outcome.REFUSED: 2}
    assert world.sandbox.books(pairs=False)["requests"].get(f"POST {BATCHES}", 0) == 0


@pytest.mark.parametrize("error", ["Not a company", {"code": "PAYMENT_REQUIRED", "message": "No credits"}])
def test_rejected_items_with_ids(world: World, error: Any) -> None:
    """Items that failed to be scheduled are refused at once though they have ids: no run waits for them."""
    world.write_list(domains(4))

    def reply(body: dict[str, Any]) -> httpx.Response:
        rows = [
            {"id": f"00000000-0000-4000-8000-00000000000{n}", "domain": d, "question": SIZE.text, "status": "failed"}
            | {"error": error}
            for n, d in enumerate(body["domains"])
        ]
        return httpx.Response(422, json={"totalSignals": 4, "accepted": 0, "rejected": 4, "results": rows})

    answer_posts(world, reply)
    began = world.clock.seconds
    result = world.run(SIZE)
    assert outcomes(result) == {Outcome.REFUSED: 4}
    assert isinstance(result.stopped_by, OutOfCreditsError) is isinstance(error, dict)
    assert world.clock.seconds - began < 60


@pytest.mark.parametrize("status", [202, 422])
def test_a_rejected_batch_without_items(world: World, status: int) -> None:
    """A batch of which the API counts every signal as rejected is refused at once, and is not looked for."""
    world.write_list(domains(4))
    answer_posts(world, lambda _: httpx.Response(status, json={"accepted": 0, "rejected": 4, "results": []}))
    began = world.clock.seconds
    assert outcomes(world.run(SIZE)) == {Outcome.REFUSED: 4}
    assert world.clock.seconds - began < 60
    assert {row[0] for row in world.published("SELECT reason FROM refusals")} == {
        "the API rejected the whole batch without a reason."
    }


CONNECTED = replace(LENIENT, key="connected", connectors={"salesNavigator": {"enabled": "required"}})


@pytest.mark.parametrize(
    ("status", "code"),
    [(429, "LINKEDIN_RATE_LIMIT_EXCEEDED"), (403, "LINKEDIN_CONNECTOR_REQUIRED"), (401, "CONNECTOR_UNAVAILABLE")],
)
def test_a_connector_that_cannot_be_used(world: World, status: int, code: str) -> None:
    """A refusal for want of LinkedIn means its pair, whatever the status: the others are bought, and nothing waits."""
    world.questions = (SIZE, CONNECTED)
    world.write_list(domains(3))
    answer_posts(
        world,
        lambda body: (
            refused(status, type="TIMEOUT", code="TOO_MANY_REQUESTS", message="Later", errorCode=code)
            if "connectors" in body
            else None
        ),
    )
    began = world.clock.seconds
    result = world.run()
    assert outcomes(result) == {Outcome.ANSWERED: 3, Outcome.REFUSED: 3}
    assert result.stopped_by is None
    assert world.clock.seconds - began < 120
    assert set(world.published("SELECT error_code FROM refusals")) == {(code,)}
