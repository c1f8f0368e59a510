"""Signals that fail later for lack of credits stop the purchases of the same run, with a code of their own or none."""

from __future__ import annotations

from typing import Any

import pytest

from saber_pipeline.errors import OutOfCreditsError
from saber_pipeline.purchasing import pair_routes
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.sandbox.sandbox_settings import OutOfCreditsWay
from saber_pipeline.sandbox.signal_json import Rendering
from saber_pipeline_tests.testbed.world import LENIENT, InterceptingTransport, World, domains, outcomes

SINGLES = "POST /v1/companies/signals"


def start_failing(start: Any, monkeypatch: pytest.MonkeyPatch, *, credits_left: int | None = 0) -> World:
    """A world that buys ten at a time of thirty, and after five of them has ``credits_left``; None: enough.

    Minutes go by between the tens, so that failures are seen.
    """
    world: World = start(credits=30, out_of_credits_way=OutOfCreditsWay.FAIL_LATER)
    monkeypatch.setattr(pair_routes, "SINGLES_AT_ONCE", 10)
    posts: list[int] = []

    def spend(request: Any) -> None:
        if request.method == "POST":
            posts.append(1)
            if len(posts) == 5 and credits_left is not None:
                world.sandbox.set_credits(credits_left)
            if len(posts) % 10 == 0:
                world.clock.advance(120)

    world.transport = lambda: InterceptingTransport(after=spend)
    world.questions, world.settings_changed = (LENIENT,), {"concurrency": 1}
    world.write_list(domains(30))
    return world


def failing_with(monkeypatch: pytest.MonkeyPatch, fields: dict[str, str]) -> None:
    """Signals that lack credits fail with these fields."""
    monkeypatch.setattr(Rendering, "_add_error", staticmethod(lambda signal, _: signal.update(fields)))


@pytest.mark.parametrize(
    "fields",
    [
        {"error": "Insufficient credits", "errorCode": "PAYMENT_REQUIRED"},
        {"error": "Insufficient credits"},
        {"error": "Could not start", "errorCode": "SOMETHING_NEW"},
    ],
    ids=["code", "no code", "unknown code"],
)
def test_stops_the_purchases(start: Any, monkeypatch: pytest.MonkeyPatch, fields: dict[str, str]) -> None:
    """A run that sees such failures while it buys sends nothing more, and what it could not send is refused."""
    world = start_failing(start, monkeypatch)
    failing_with(monkeypatch, fields)
    result = world.run()
    assert isinstance(result.stopped_by, OutOfCreditsError)
    assert world.sandbox.books(pairs=False)["requests"][SINGLES] == 10
    found = outcomes(result)
    assert found[Outcome.ANSWERED] == 5
    assert found[Outcome.REFUSED] >= 20


@pytest.mark.parametrize(
    ("code", "balance_reads"), [("LINKEDIN_RATE_LIMIT_EXCEEDED", 0), ("SOMETHING_NEW", 2)], ids=["documented", "not"]
)
def test_other_failures(start: Any, monkeypatch: pytest.MonkeyPatch, code: str, balance_reads: int) -> None:
    """Failures for another reason stop nothing; without a documented one, the balance is read before more is sent."""
    world = start_failing(start, monkeypatch, credits_left=None)
    world.run()
    before = world.sandbox.books(pairs=False)["requests"]["GET /v1/credits"]
    world.sandbox.set_credits(30)
    world.write_list(domains(30, start=30))
    world.effects(failed_share=1.0, error_code=code)
    result = world.run()
    assert result.stopped_by is None
    assert outcomes(result) == {Outcome.FAILED: 30}
    assert world.sandbox.books(pairs=False)["requests"]["GET /v1/credits"] - 2 * before == balance_reads


def test_credits_were_added(start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where signals of an earlier run failed for lack of credits and credits were added since, the next run goes on."""
    world = start_failing(start, monkeypatch, credits_left=None)
    minutes_between_the_tens = world.transport
    world.transport = lambda: InterceptingTransport(
        before=lambda request: world.sandbox.set_credits(0) if request.method == "POST" else None
    )
    assert outcomes(world.run(max_wait_minutes=0)) == {Outcome.NOT_FINISHED: 30}
    world.transport = minutes_between_the_tens
    world.sandbox.set_credits(30)
    world.write_list(domains(60))
    assert outcomes(world.run()) == {Outcome.REFUSED: 30, Outcome.ANSWERED: 30}
