"""Something between the run and Saber answers a purchase in its place, after the purchase had its effect."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest

from saber_pipeline.config.questions.question import Question
from saber_pipeline.config.questions.subject_kinds import CONTACTS
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.runs.research.research_run_request import ResearchOutcome
from saber_pipeline_tests.testbed import research_runs
from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.summary_runs import summarise
from saber_pipeline_tests.testbed.world import (
    LENIENT,
    ROLE,
    SIZE,
    InterceptingTransport,
    World,
    domains,
    outcomes,
    people,
)

PAGE = b"<html><head><title>Not here</title></head><body>Nothing to see</body></html>"
REPLIES: dict[str, Callable[[], httpx.Response]] = {
    "redirect": lambda: httpx.Response(302, headers={"Location": "https://www.example.com/"}),
    "page 404": lambda: httpx.Response(404, content=PAGE),
    "page 403": lambda: httpx.Response(403, content=PAGE),
    "empty 400": lambda: httpx.Response(400),
    "page 429": lambda: httpx.Response(429, content=PAGE, headers={"Retry-After": "1"}),
    "json 422": lambda: httpx.Response(422, json={"message": "Unprocessable"}),
}
every_reply = pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES.keys())


def replace_the_reply(world: World, path: str, reply: Callable[[], httpx.Response], *, times: int = 1) -> None:
    """Let ``reply`` come in place of the API's own to the first ``times`` POSTs to ``path``."""
    met: list[httpx.Request] = []

    waiting: list[asyncio.TimerHandle] = []

    def tick() -> None:
        world.clock.advance(10)
        waiting[:] = [asyncio.get_running_loop().call_later(0.1, tick)]

    def other(request: httpx.Request) -> httpx.Response | None:
        while waiting:
            waiting.pop().cancel()
        if request.method != "POST" or not request.url.path.endswith(path) or len(met) >= times:
            return None
        met.append(request)
        return reply()

    def let_time_pass(request: httpx.Request) -> None:
        if request.url.path.endswith("/sync"):  # the clock stands still while a request waits
            waiting.append(asyncio.get_running_loop().call_later(0.1, tick))

    world.transport = lambda: InterceptingTransport(before=let_time_pass, after=other)


def posts(world: World) -> int:
    """Purchases that reached the sandbox, by whatever route."""
    requests: dict[str, int] = world.sandbox.books(pairs=False)["requests"]
    return sum(count for request, count in requests.items() if request.startswith("POST "))


@pytest.mark.sweep(keep=1)
@every_reply
@pytest.mark.parametrize("count", [20, 150], ids=["sync", "async"])
def test_a_batch(world: World, reply: Callable[[], httpx.Response], count: int) -> None:
    """A batch that had its effect is collected, and nothing of it is bought twice, though it was forced."""
    world.write_list(domains(count))
    replace_the_reply(world, "/batch", reply)
    assert outcomes(world.run(SIZE, force=True)) == {Outcome.ANSWERED: count}
    assert posts(world) == 1
    assert world.sandbox.books()["remaining_credits"] == 100_000 - count


@pytest.mark.sweep(keep=1)
@every_reply
@pytest.mark.parametrize("sync_pairs", [0, 10], ids=["single", "single_sync"])
@pytest.mark.parametrize("question", [LENIENT, ROLE], ids=["company", "contact"])
def test_single_creates(world: World, reply: Callable[[], httpx.Response], sync_pairs: int, question: Question) -> None:
    """A signal that was created one by one is collected, and neither it nor the others are bought twice."""
    world.settings_changed = {"sync_create_pairs": sync_pairs, "concurrency": 1}
    world.questions = (question,)
    if question is ROLE:
        world.write_list(people(4), kind=CONTACTS)
    else:
        world.write_list(domains(4))
    replace_the_reply(world, "/signals/sync" if sync_pairs else "/signals", reply)
    assert outcomes(world.run(question, force=True)) == {Outcome.ANSWERED: 4}
    assert posts(world) == 4


@pytest.mark.sweep(keep=1)
@every_reply
def test_research(world: World, reply: Callable[[], httpx.Response]) -> None:
    """A research is shown as unknown with its cost, and is not bought again, however often the run is repeated."""
    research_runs.write_people(world, research_runs.people(3))
    replace_the_reply(world, research_runs.RESEARCH, reply)
    expected = {ResearchOutcome.RESEARCHED: 2, ResearchOutcome.UNKNOWN: 1}
    assert research_runs.outcomes(research_runs.research(world)) == expected
    world.transport = None
    research_runs.research(world)
    assert set(research_runs.purchases(world).values()) == {1}


@pytest.mark.sweep(keep=1)
@every_reply
def test_a_summary(start: StartWorld, reply: Callable[[], httpx.Response]) -> None:
    """A summary that was made is found by reading, and is not asked for again."""
    world = start(summary_seconds=0)
    world.write_list(domains(2))
    world.run(SIZE)
    bought = posts(world)
    replace_the_reply(world, "/summaries", reply)
    result = summarise(world, request_missing=True)
    assert (result.completed, result.asked.posts) == (2, 2)
    assert not result.asked.refused
    assert posts(world) == bought + 2
