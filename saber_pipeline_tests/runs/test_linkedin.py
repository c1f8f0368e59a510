"""What failed because Saber is not connected to LinkedIn waits until it is, as far as the API tells."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from saber_pipeline.api.call import Reply
from saber_pipeline.api.connectors import read_connectors
from saber_pipeline.planning.plan import Status
from saber_pipeline.runs.dry_run import plan_only
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.runs.shown_plan import shown_before
from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.world import CLOUD, DAY_SECONDS, SIZE, InterceptingTransport, World, domains, outcomes

CODE = "LINKEDIN_CONNECTOR_REQUIRED"


@pytest.fixture
def failed(start: StartWorld) -> World:
    """Five pairs failed for want of a connection, which Saber does not have."""
    world = start()
    world.write_list(domains(5))
    world.effects(error_code=CODE, failed_share=1.0, sales_navigator_connected=False)
    assert outcomes(world.run(SIZE)) == {Outcome.FAILED: 5}
    world.purchases_allowed = 2
    return world


def looks(world: World) -> int:
    found: int = world.sandbox.books(pairs=False)["requests"].get("GET /v1/connectors", 0)
    return found


@pytest.mark.slow
def test_it_waits_however_long_it_takes(failed: World, caplog: pytest.LogCaptureFixture) -> None:
    """Not a day, a week or two months: nothing is bought until the API says that LinkedIn is connected."""
    for days in (1, 6, 60):
        failed.clock.advance(days * DAY_SECONDS)
        assert outcomes(failed.run(SIZE)) == {Outcome.FAILED: 5}
    assert failed.posts() == 1
    assert looks(failed) == 3
    assert "5 pairs wait for LinkedIn" in caplog.text
    assert "Connect LinkedIn Sales Navigator at Saber" in caplog.text


@pytest.mark.slow
def test_it_is_asked_again_at_once_when_connected(failed: World) -> None:
    """The next run after the user has connected buys exactly these pairs, in the same hour."""
    assert outcomes(failed.run(SIZE)) == {Outcome.FAILED: 5}
    failed.effects(sales_navigator_connected=True)
    failed.clock.advance(60)
    result = failed.run(SIZE)
    assert result.spending.signals_bought == 5
    failed.clock.advance(DAY_SECONDS)  # the sandbox's cache may have given the failures back
    failed.run(SIZE)
    assert failed.published("SELECT count(*) FROM questions.size") == [(5,)]


def test_what_was_shown_is_no_reason_not_to_look(failed: World) -> None:
    """A run asks whether LinkedIn is connected by now also where a plan just showed that nothing is due."""
    failed.effects(sales_navigator_connected=True)
    failed.clock.advance(60)
    dry = plan_only(failed.selection((SIZE,)), failed.settings, new_client=None, clock=failed.clock)
    assert dry.plan.totals == {Status.FAILED: 5}
    with shown_before(dry):
        assert failed.run(SIZE).spending.signals_bought == 5


@pytest.mark.slow
def test_what_fails_although_connected_is_not_bought_by_every_run(failed: World) -> None:
    """Where Saber says connected and the research still fails, the pair waits as other failures do."""
    failed.effects(error_code=CODE, failed_share=1.0, sales_navigator_connected=True)
    failed.clock.advance(DAY_SECONDS)
    assert failed.run(SIZE).spending.signals_bought == 5
    assert outcomes(failed.run(SIZE)) == {Outcome.FAILED: 5}
    failed.clock.advance(DAY_SECONDS)
    assert outcomes(failed.run(SIZE)) == {Outcome.FAILED: 5}  # the second failure waits two days
    assert failed.posts() == 2


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(404, json={"error": {"type": "NOT_FOUND", "code": "NOT_FOUND", "requestId": "r"}}),
        httpx.Response(403, json={"error": {"type": "FORBIDDEN", "code": "FORBIDDEN", "requestId": "r"}}),
        httpx.Response(200, json={"something": "else"}),
        httpx.Response(200, text="<html>"),
    ],
    ids=["404", "403", "another form", "a page"],
)
def test_an_api_that_does_not_tell(failed: World, reply: httpx.Response) -> None:
    """The look-up may be missing or of another form: the run goes on, and the pairs wait thirty days, not one."""
    failed.transport = lambda: InterceptingTransport(
        before=lambda request: reply if request.url.path == "/v1/connectors" else None
    )
    failed.sandbox.set_faults(effects={})
    with_facts = failed.ledger_rows("SELECT name FROM facts WHERE name = 'linkedin_connection'")
    assert with_facts == []
    for days in (1, 4, 16):
        failed.clock.advance(days * DAY_SECONDS)
        assert outcomes(failed.run(SIZE)) == {Outcome.FAILED: 5}
    failed.write_list(domains(6))
    assert outcomes(failed.run(SIZE)) == {Outcome.FAILED: 5, Outcome.ANSWERED: 1}
    failed.clock.advance(10 * DAY_SECONDS)
    assert failed.run(SIZE).spending.signals_bought == 5


@pytest.mark.slow
def test_nobody_looks_where_nothing_waits(world: World) -> None:
    """A run without such a failure asks the API nothing about connectors; other failures wait as before."""
    world.write_list(domains(3))
    world.effects(error_code="CONNECTOR_UNAVAILABLE", failed_share=1.0)
    world.run(SIZE)
    world.heal()
    world.purchases_allowed = 2
    world.clock.advance(DAY_SECONDS)
    assert outcomes(world.run(SIZE)) == {Outcome.ANSWERED: 3}
    world.run(CLOUD)
    assert looks(world) == 0


@pytest.mark.parametrize(
    ("told", "is_connected"),
    [
        ({"connectors": [{"source": "salesNavigator", "status": "connected"}]}, True),
        ({"connectors": [{"source": "hubspotApp", "status": "connected"}, {"source": "salesNavigator"}]}, None),
        ({"connectors": [{"source": "hubspotApp", "status": "connected"}]}, False),
        ({"connectors": [{"source": "salesNavigator", "status": "disconnected"}]}, False),
        (
            {
                "connectors": [
                    {"source": "sales_navigator", "status": "expired"},
                    {"name": "LinkedIn", "connected": True},
                ]
            },
            True,
        ),
        ({"connectors": []}, False),
        ({"items": [{"type": "SALES_NAVIGATOR", "status": "CONNECTED"}]}, True),
        ({"connectors": {"salesNavigator": {"status": "ok"}}}, True),
        ({"salesNavigator": {"isConnected": False}}, False),
        ({"salesNavConnected": True}, True),
        ({"error": {"code": "X"}}, None),
        ({}, None),
    ],
)
def test_forms_of_the_look_up(told: dict[str, Any], is_connected: bool | None) -> None:
    """The form of the vendor's clients is read, near ones as well; what is not understood tells nothing."""
    assert read_connectors(Reply(200, {}, httpx.Response(200, json=told).content)) is is_connected


def test_a_look_up_that_breaks(failed: World, caplog: pytest.LogCaptureFixture) -> None:
    """A look-up that fails is told in the log, and stops nothing."""
    failed.transport = lambda: InterceptingTransport(
        before=lambda request: httpx.Response(500) if request.url.path == "/v1/connectors" else None
    )
    with caplog.at_level(logging.WARNING):
        assert outcomes(failed.run(SIZE)) == {Outcome.FAILED: 5}
    assert "could not be read" in caplog.text
