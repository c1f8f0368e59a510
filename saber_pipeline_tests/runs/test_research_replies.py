"""Replies about a research in other forms than documented: its status, and why it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.errors import OutOfCreditsError
from saber_pipeline.runs.research.research_run_request import ResearchOutcome
from saber_pipeline.sandbox.sandbox_settings import OutOfCreditsWay
from saber_pipeline_tests.testbed.research_runs import outcomes, people, research, write_people
from saber_pipeline_tests.testbed.rewriting_transport import RewritingTransport

if TYPE_CHECKING:
    from saber_pipeline_tests.testbed.fixtures import StartWorld
    from saber_pipeline_tests.testbed.world import World

NO_PROFILE = '{"reason":"no profile","hint":7}'


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ("No profile", "No profile"),
        ({"message": "No profile", "code": "NO_PROFILE"}, "No profile"),
        ({"reason": "no profile", "hint": 7}, NO_PROFILE),
        ({"message": "", "reason": "no profile"}, '{"message":"","reason":"no profile"}'),
        (["no", "profile"], '["no","profile"]'),
        ("", None),
        (None, None),
    ],
)
def test_why_a_research_failed(start: StartWorld, error: object, shown: str | None) -> None:
    """An error that is an object is shown as its message, else as its JSON, as with signals."""
    world = start(failed_share=1.0)
    write_people(world, people(1))

    def tell(research: dict[str, Any]) -> None:
        if research.get("status") == "failed":
            research["error"] = error

    world.transport = lambda: RewritingTransport(tell)
    research(world)
    assert world.published("SELECT status, error FROM contact_research") == [("failed", shown)]


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ({"message": "The plan is used up", "code": "PAYMENT_REQUIRED"}, "The plan is used up"),
        ({"type": "PAYMENT_REQUIRED", "plan": 3}, '{"type":"PAYMENT_REQUIRED","plan":3}'),
    ],
)
def test_why_a_research_was_not_paid(start: StartWorld, error: object, shown: str) -> None:
    """A failure for want of credits is refused with what the API said, though it said so in an object."""
    world = start(credits=1, out_of_credits_way=OutOfCreditsWay.FAIL_LATER)
    write_people(world, people(1))

    def spend_and_tell(research: dict[str, Any]) -> None:
        if research.get("status") == "processing":
            return
        if "status" in research:
            research |= {"status": "failed", "error": error}

    world.transport = lambda: RewritingTransport(spend_and_tell)
    result = research(world)
    assert isinstance(result.stopped_by, OutOfCreditsError)
    assert list(result.refused.values()) == [shown]
    assert world.published("SELECT status, error FROM contact_research") == [("refused", shown)]


def test_a_status_in_another_spelling(world: World) -> None:
    """Case and blanks around a status do not matter: the research ends, and the table has the plain word."""
    write_people(world, people(1))

    def respell(research: dict[str, Any]) -> None:
        if "status" in research:
            research["status"] = f" {research['status'].upper()}\t"

    world.transport = lambda: RewritingTransport(respell)
    assert outcomes(research(world, max_wait_minutes=10)) == {ResearchOutcome.RESEARCHED: 1}
    assert world.published("SELECT status FROM contact_research_profiles") == [("completed",)]
