"""Two runs at once about different questions, also about some that the API's cache takes for each other."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import httpx
import pytest

from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.world import LENIENT, SIZE, InterceptingTransport, World, domains, outcomes

if TYPE_CHECKING:
    from saber_pipeline.runs.requests import RunResult

OFF = Question("leads", "Who are good leads?", AnswerType.CONTACTS, connectors={"salesNavigator": {"enabled": "off"}})
REQUIRED = replace(OFF, key="more_leads", connectors={"salesNavigator": {"enabled": "required"}})
SECONDS = 60.0


@dataclass
class OtherRun:
    """A run in a thread that stands still when it has claimed its pair and is about to send it."""

    world: World
    question: Question = REQUIRED
    is_about_to_send: threading.Event = field(default_factory=threading.Event)
    may_send: threading.Event = field(default_factory=threading.Event)
    has_sent: threading.Event = field(default_factory=threading.Event)
    results: list[RunResult] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = replace(
            self.world, transport=lambda: InterceptingTransport(before=self._stand_still, after=self._note)
        )
        self._thread = threading.Thread(target=self._run)

    def claim(self) -> None:
        self._thread.start()
        assert self.is_about_to_send.wait(SECONDS)

    def send(self) -> None:
        self.may_send.set()
        assert self.has_sent.wait(SECONDS)

    def end(self) -> RunResult:
        self._thread.join(SECONDS)
        (result,) = self.results
        return result

    def _run(self) -> None:
        self.results.append(self.world.run(self.question, run_id="other"))

    def _stand_still(self, request: httpx.Request) -> None:
        if request.method == "POST":
            self.is_about_to_send.set()
            assert self.may_send.wait(SECONDS)

    def _note(self, request: httpx.Request) -> None:
        if request.method == "POST":
            self.has_sent.set()


@pytest.fixture
def twins(world: World) -> World:
    world.questions, world.purchases_allowed = (OFF, REQUIRED), 2
    world.write_list(domains(1))
    return world


def test_sent_again_beside_its_twin(twins: World) -> None:
    """A forced pair whose first request never arrived goes with force again, for its twin was claimed meanwhile."""
    other = OtherRun(twins)
    posts: list[int] = []

    def lose_the_first(request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST":
            return None
        posts.append(1)
        if len(posts) == 1:
            twins.clock.after(300, other.claim)
            return httpx.Response(502)
        other.send()
        return None

    twins.transport = lambda: InterceptingTransport(before=lose_the_first)
    first = twins.run(OFF, force=True)
    assert outcomes(other.end()) == {Outcome.ANSWERED: 1}
    assert outcomes(first) == {Outcome.ANSWERED: 1}
    assert len(posts) == 2
    assert twins.forced_signals() == 2
    assert twins.published("SELECT question_key FROM signals ORDER BY ALL") == [("leads",), ("more_leads",)]


@pytest.mark.slow
def test_a_twin_is_claimed_while_it_waits_for_the_rate_limit(twins: World) -> None:
    """An unforced request that the rate limit has held back is not sent: it goes with force, after its twin's."""
    other = OtherRun(twins)
    posts: list[int] = []

    def limit_the_first(request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST":
            return None
        posts.append(1)
        if len(posts) == 1:
            other.claim()
            other.send()
            flat = {"statusCode": 429, "error": "Too Many Requests", "message": "", "retryAfter": 2}
            return httpx.Response(429, json=flat)
        return None

    twins.transport = lambda: InterceptingTransport(before=limit_the_first)
    first = twins.run(OFF)
    assert outcomes(other.end()) == {Outcome.ANSWERED: 1}
    assert outcomes(first) == {Outcome.ANSWERED: 1}
    assert len(posts) == 2  # the refused one, and the forced one
    assert twins.forced_signals() == 2
    assert twins.published("SELECT question_key FROM signals ORDER BY ALL") == [("leads",), ("more_leads",)]


@pytest.mark.slow
def test_a_twin_overtakes_it_on_the_wire(twins: World) -> None:
    """An unforced request that the API hears after its twin's brings the twin's signal: the pair is bought by force."""
    other = OtherRun(twins)
    posts: list[int] = []

    def overtake_the_first(request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST":
            return None
        posts.append(1)
        if len(posts) > 1:
            return None
        other.claim()  # while the bytes of the first are on the wire
        other.send()
        late = httpx.post(request.url, content=request.content, headers=request.headers)
        return httpx.Response(late.status_code, content=late.content)

    twins.transport = lambda: InterceptingTransport(before=overtake_the_first)
    first = twins.run(OFF)
    assert outcomes(other.end()) == {Outcome.ANSWERED: 1}
    assert outcomes(first) == {Outcome.ANSWERED: 1}
    assert twins.forced_signals() == 2
    assert len(posts) == 2
    assert twins.published("SELECT question_key FROM signals ORDER BY ALL") == [("leads",), ("more_leads",)]
    assert twins.ledger_rows("SELECT sum(pairs - free_pairs) FROM spending") == [(2,)]


def test_a_question_that_is_new_since_the_run_began(twins: World) -> None:
    """A run leaves alone what another buys of a question that was first asked after it had begun."""
    twins.questions = (SIZE, LENIENT)
    other = OtherRun(twins, LENIENT)
    posts: list[int] = []

    def begin_the_other(request: httpx.Request) -> None:
        if request.method == "POST":
            posts.append(1)
            other.claim()
            other.send()

    twins.transport = lambda: InterceptingTransport(before=begin_the_other)
    first = twins.run(SIZE)
    assert (outcomes(first), outcomes(other.end())) == ({Outcome.ANSWERED: 1}, {Outcome.ANSWERED: 1})
    assert len(posts) == 1
