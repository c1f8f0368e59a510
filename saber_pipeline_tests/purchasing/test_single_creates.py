"""What batches cannot carry: lenient questions, connectors and two answer types, bought one by one."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import httpx
import pytest

from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.config.settings import Settings
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.world import BATCHES, LENIENT, SIZE, InterceptingTransport, World, domains, outcomes

SINGLE = "/v1/companies/signals"
SYNC = "/v1/companies/signals/sync"
CONNECTED = Question(
    "leads", "Who are good leads?", AnswerType.CONTACTS, connectors={"salesNavigator": {"enabled": "off"}}
)
FOUND = Question("found", "Who works in sales?", AnswerType.CONTACTS_GENERATION)
ENGAGED = Question("engaged", "What do their leaders comment on?", AnswerType.CONTACT_ENGAGEMENTS)


def requests(world: World) -> Counter[str]:
    return Counter(world.sandbox.books(pairs=False)["requests"])


def test_a_mixed_selection_is_split_by_route(world: World) -> None:
    """Batches take what they carry, single creates the rest; the run accounts for all of it as one."""
    world.write_list(domains(30))
    asked = (SIZE, LENIENT, CONNECTED, FOUND, ENGAGED)
    world.questions = asked
    result = world.run(*asked)
    assert outcomes(result) == {Outcome.ANSWERED: 150}
    assert requests(world)[f"POST {BATCHES}"] == 1
    assert requests(world)[f"POST {SINGLE}"] == 120
    assert world.published("SELECT mode, count(*), sum(signals) FROM batches GROUP BY ALL ORDER BY ALL") == [
        ("single", 120, 120),
        ("sync", 1, 30),
    ]
    assert world.published(
        "SELECT question_key, count(DISTINCT subject) FROM answers_contacts GROUP BY ALL ORDER BY ALL"
    ) == [("found", 30), ("leads", 30)]
    assert world.published("SELECT count(*) FROM signals WHERE verification_mode = 'lenient'") == [(30,)]
    assert outcomes(world.run(*asked)) == {Outcome.OWNED: 150}


def passing_time(world: World, seconds: float) -> None:
    """The setting's own handful is waited for, and ``seconds`` go by in each of these requests.

    They go by again each second, until the reply is there: on a busy machine a request may arrive after the first time.
    """
    world.settings_changed |= {"sync_create_pairs": Settings().sync_create_pairs}
    under_way: set[int] = set()

    def advance(request: httpx.Request) -> None:
        if id(request) in under_way:
            world.clock.advance(seconds)
            asyncio.get_running_loop().call_later(1.0, advance, request)

    def before(request: httpx.Request) -> None:
        if request.url.path.endswith("/sync"):
            under_way.add(id(request))
            asyncio.get_running_loop().call_later(0.1, advance, request)

    def after(request: httpx.Request) -> None:
        under_way.discard(id(request))

    world.transport = lambda: InterceptingTransport(before=before, after=after)


def test_a_handful_is_answered_in_the_same_request(world: World) -> None:
    """Up to five pairs wait for their answers in the request that buys them, and are read no other way."""
    world.write_list(domains(4))
    passing_time(world, 15)
    assert outcomes(world.run(LENIENT)) == {Outcome.ANSWERED: 4}
    assert world.published("SELECT mode, state FROM batches") == [("single_sync", "collected")] * 4
    assert requests(world)[f"POST {SYNC}"] == 4
    assert not [name for name in requests(world) if name.startswith("GET") and "credits" not in name]


def test_what_takes_longer_is_collected_like_the_rest(world: World) -> None:
    """A signal that is still processing when the wait is over hands its id to the collector."""
    world.write_list(domains(3))
    world.settings_changed = {"sync_wait_seconds": 1}
    passing_time(world, 1)
    assert outcomes(world.run(LENIENT)) == {Outcome.ANSWERED: 3}
    assert sum(world.bought().values()) == 3


def test_more_than_a_handful_does_not_wait(world: World) -> None:
    """Above the threshold, and with a threshold of none, signals are created without waiting."""
    world.write_list(domains(6))
    passing_time(world, 15)
    assert outcomes(world.run(LENIENT)) == {Outcome.ANSWERED: 6}
    assert requests(world)[f"POST {SYNC}"] == 0
    world.write_list(domains(2, start=6), name="two")
    world.settings_changed = {"sync_create_pairs": 0}
    assert outcomes(world.run(LENIENT, lists=("two",))) == {Outcome.ANSWERED: 2}
    assert requests(world)[f"POST {SYNC}"] == 0


@pytest.mark.parametrize("kind", ["reset_after", "error_after", "truncate"])
def test_a_lost_reply_is_found_not_repeated(world: World, kind: str) -> None:
    """A create that had its effect is found by listing and never sent again; the others are not held up."""
    world.write_list(domains(20))
    world.fault(kind, f"{SINGLE}$", method="POST", times=2)
    result = world.run(LENIENT)
    assert outcomes(result) == {Outcome.ANSWERED: 20}
    assert sum(world.bought().values()) == 20
    assert result.spending.signals_bought == 20


def test_a_create_that_never_arrived_is_sent_again_after_the_wait(world: World) -> None:
    """Nothing of a lost create shows for ten minutes, so it is due again, and bought once."""
    world.write_list(domains(8))
    world.fault("reset_before", f"{SINGLE}$", method="POST", times=1)
    assert outcomes(world.run(LENIENT)) == {Outcome.ANSWERED: 8}
    assert sum(world.bought().values()) == 8


@pytest.mark.slow
def test_three_lost_replies_in_a_row_stop_the_sending(world: World) -> None:
    """An API that answers nothing is not fed with purchases: the rest waits for what became of the first ones."""
    world.write_list(domains(200))
    world.settings_changed = {"concurrency": 1}
    world.fault("error_after", f"{SINGLE}$", method="POST", times=3)
    result = world.run(LENIENT)
    assert outcomes(result) == {Outcome.ANSWERED: 200}
    assert sum(world.bought().values()) == 200


def test_refused_pairs_leave_the_others_alone(world: World) -> None:
    """A create that the API calls invalid is refused with its reason, and every other pair is answered."""
    world.write_list(domains(10))

    def refuse(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and b"company00003.com" in request.content:
            return httpx.Response(422, json={"error": {"code": "VALIDATION_ERROR", "message": "no such company"}})
        return None

    world.transport = lambda: InterceptingTransport(before=refuse)
    result = world.run(LENIENT)
    assert outcomes(result) == {Outcome.ANSWERED: 9, Outcome.REFUSED: 1}
    assert "no such company" in world.published("SELECT reason FROM refusals")[0][0]


def test_a_question_that_is_always_refused_is_not_asked_ten_thousand_times(world: World) -> None:
    """After forty refusals in a row the rest of the question is refused without a request."""
    world.write_list(domains(120))
    world.settings_changed = {"concurrency": 1}
    refusal = httpx.Response(422, json={"error": {"code": "LINKEDIN_CONNECTOR_REQUIRED", "message": "not connected"}})
    world.transport = lambda: InterceptingTransport(before=lambda r: refusal if r.method == "POST" else None)
    assert outcomes(world.run(CONNECTED)) == {Outcome.REFUSED: 120}
    assert len(world.ledger_rows("SELECT 1 FROM submissions")) == 40


def test_credits_that_end_midway(world: World) -> None:
    """The pairs that the credits did not cover are named, the others are answered, and a top-up buys only those."""
    world.write_list(domains(30))
    world.settings_changed = {"concurrency": 4}
    sent: list[int] = []

    def run_out(request: httpx.Request) -> None:
        if request.method == "POST":
            sent.append(1)
            if len(sent) == 10:
                world.sandbox.set_credits(0)

    world.transport = lambda: InterceptingTransport(after=run_out)
    first = world.run(LENIENT)
    assert first.stopped_by is not None
    answered = outcomes(first)[Outcome.ANSWERED]
    assert outcomes(first) == {Outcome.ANSWERED: answered, Outcome.REFUSED: 30 - answered}
    assert 10 <= answered < 30
    world.transport = None
    world.sandbox.set_credits(30)
    assert outcomes(world.run(LENIENT)) == {Outcome.OWNED: answered, Outcome.ANSWERED: 30 - answered}


def test_forced(world: World) -> None:
    """Force buys each pair once more, by the same route."""
    world.write_list(domains(12))
    world.run(LENIENT)
    world.purchases_allowed = 2
    assert outcomes(world.run(LENIENT, force=True)) == {Outcome.ANSWERED: 12}
    assert world.forced_signals() == 12
    assert world.ledger_rows("SELECT count(*) FROM pairs") == [(0,)]


@pytest.mark.parametrize("elsewhere", [False, True], ids=["answered", "in flight"])
def test_other_connectors_within_the_cache(world: World, elsewhere: bool) -> None:
    """The API's cache ignores connectors: a question that has others is researched anew, and its answer is its own."""
    world.questions, world.purchases_allowed = (CONNECTED,), 2
    world.write_list(domains(6))
    world.run(CONNECTED, max_wait_minutes=0 if elsewhere else 60)
    required = replace(CONNECTED, connectors={"salesNavigator": {"enabled": "required"}})
    world.questions = (required,)
    assert outcomes(world.run(required)) == {Outcome.ANSWERED: 6}
    assert world.forced_signals() == 6
    assert world.published("SELECT count(DISTINCT subject) FROM questions.leads") == [(6,)]
    assert outcomes(world.run(required)) == {Outcome.OWNED: 6}
    world.questions = (CONNECTED,)
    assert outcomes(world.run(CONNECTED)).keys() <= {Outcome.OWNED, Outcome.ANSWERED}
    assert sum(world.bought().values()) == 12
