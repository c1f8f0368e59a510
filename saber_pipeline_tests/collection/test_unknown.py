"""Purchases whose reply never came: resolved first, never paid twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from saber_pipeline.config.questions.subject_kinds import CONTACTS, kind_of
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.rewriting_transport import RewritingTransport
from saber_pipeline_tests.testbed.world import ROLE, SIZE, InterceptingTransport, World, domains, outcomes, people

if TYPE_CHECKING:
    from saber_pipeline.config.questions.question import Question

AFTER_THE_EFFECT = [
    {"kind": "reset_after"},
    {"kind": "error_after", "status": 500},
    {"kind": "error_after", "status": 502},
    {"kind": "truncate"},
]
BEFORE_THE_EFFECT = [{"kind": "reset_before"}, {"kind": "error_before", "status": 503}]


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize("rule", AFTER_THE_EFFECT, ids=lambda rule: f"{rule['kind']}_{rule.get('status', '')}")
@pytest.mark.parametrize(("count", "force"), [(20, False), (150, True)], ids=["sync", "async_forced"])
def test_it_arrived(world: World, rule: dict[str, object], count: int, *, force: bool) -> None:
    """A purchase that arrived although its reply was lost is collected, and nothing of it is sent again."""
    world.write_list(domains(count))
    world.fault(times=1, **rule)  # type: ignore[arg-type]  # the rule names its kind
    began = world.clock.seconds
    assert outcomes(world.run(SIZE, force=force)) == {Outcome.ANSWERED: count}
    assert world.posts() == 1
    assert world.clock.seconds - began < 300
    assert world.published("SELECT state FROM batches") == [("collected",)]


@pytest.mark.sweep(keep=2)
@pytest.mark.parametrize("missing", [["createdAt"], ["createdAt", "completedAt"]], ids=["created", "all"])
@pytest.mark.parametrize("question", [SIZE, ROLE], ids=["companies", "contacts"])
def test_it_arrived_and_its_times_are_missing(world: World, missing: list[str], question: Question) -> None:
    """A purchase whose signals do not tell when they were made is not sent again either, not even a forced one."""
    kind = kind_of(question.about)
    world.questions = (question,)
    world.write_list(people(6) if kind is CONTACTS else domains(6), kind=kind)
    sent = []

    def forget(signal: dict[str, Any]) -> None:
        for name in missing:
            signal.pop(name, None)

    class Losing(RewritingTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await super().handle_async_request(request)
            sent.extend([request] if request.method == "POST" else [])
            if request.method == "POST" and len(sent) == 1:
                raise httpx.ReadError("the reply was lost")
            return response

    world.transport = lambda: Losing(forget)
    assert outcomes(world.run(question, force=True)) == {Outcome.ANSWERED: 6}
    assert len(sent) == (6 if kind is CONTACTS else 1)


@pytest.mark.sweep
@pytest.mark.parametrize("rule", BEFORE_THE_EFFECT, ids=lambda rule: str(rule["kind"]))
@pytest.mark.parametrize("force", [False, True], ids=["", "forced"])
@pytest.mark.slow
def test_it_never_arrived(world: World, rule: dict[str, object], *, force: bool) -> None:
    """A purchase that never arrived is sent again only after ten minutes without a trace, then without force."""
    world.write_list(domains(20))
    world.fault(times=1, **rule)  # type: ignore[arg-type]  # the rule names its kind
    began = world.clock.seconds
    result = world.run(SIZE, force=force)
    assert outcomes(result) == {Outcome.ANSWERED: 20}
    assert world.posts() == 2
    assert world.clock.seconds - began > 600
    assert world.forced_signals() == 0
    assert (result.spending.signals_bought, result.spending.signals_unknown) == (20, 0)


@pytest.mark.slow
def test_forced_resend_of_a_cached_answer(world: World) -> None:
    """What is sent again keeps its force where the API's cache still holds the answer that is to be replaced."""
    world.write_list(domains(20))
    world.run(SIZE)
    world.purchases_allowed = 2
    world.fault("reset_before", times=1)
    assert outcomes(world.run(SIZE, force=True)) == {Outcome.ANSWERED: 20}
    assert world.forced_signals() == 20


@pytest.mark.ledger_in_a_file("each of its two data directories has one")
@pytest.mark.slow
def test_forced_resend_of_somebody_elses_answer(world: World) -> None:
    """So it does where the API's cache holds an answer that this data directory has never seen."""
    world.write_list(domains(20))
    world.run(SIZE)
    world.purchases_allowed = 2
    world.data_dir = world.data_dir / "second"
    world.write_list(domains(20))
    world.clock.advance(60)
    world.fault("reset_before", times=1)
    assert outcomes(world.run(SIZE, force=True)) == {Outcome.ANSWERED: 20}
    assert world.forced_signals() == 20


@pytest.mark.slow
def test_budget_of_a_resend(world: World) -> None:
    """A purchase that never arrived cost nothing, so a budget and a balance that cover it once are enough."""
    world.sandbox.set_credits(20)
    world.write_list(domains(20))
    world.fault("reset_before", times=1)
    result = world.run(SIZE, max_credits=20)
    assert outcomes(result) == {Outcome.ANSWERED: 20}
    assert result.spending.signals_unknown == 0


@pytest.mark.slow
def test_undecided_at_the_deadline(world: World) -> None:
    """A run that ends before the outcome is known leaves the pairs open; the next one resolves them."""
    world.write_list(domains(20))
    world.fault("reset_before", times=1)
    first = world.run(SIZE, max_wait_minutes=2)
    assert outcomes(first) == {Outcome.NOT_FINISHED: 20}
    assert world.posts() == 1
    assert world.published("SELECT state FROM batches") == [("unknown",)]
    second = world.run(SIZE)
    assert outcomes(second) == {Outcome.ANSWERED: 20}
    assert world.posts() == 2


def test_resolved_at_the_deadline(world: World) -> None:
    """Pairs that turn out at the last moment not to have been bought are not finished, and due in the next run."""
    world.write_list(domains(20))
    world.fault("reset_before", times=1)
    first = world.run(SIZE, max_wait_minutes=10.1)
    assert outcomes(first) == {Outcome.NOT_FINISHED: 20}
    assert outcomes(world.run(SIZE)) == {Outcome.ANSWERED: 20}


def test_one_of_three_batches(world: World) -> None:
    """Of three batches the one whose reply was lost neither stops the others nor is repeated."""
    world.settings_changed = {"max_batch_domains": 101}
    world.write_list(domains(303))
    world.fault("reset_after", skip=1, times=1)
    assert outcomes(world.run(SIZE)) == {Outcome.ANSWERED: 303}
    assert world.posts() == 3


@pytest.mark.slow
def test_lost_replies_in_a_row(world: World) -> None:
    """After three lost replies in a row nothing more is sent before it is known what became of them."""
    world.settings_changed = {"max_batch_domains": 10}
    world.write_list(domains(60))
    sent_at: list[float] = []

    def note(request: httpx.Request) -> None:
        if request.method == "POST":
            sent_at.append(world.clock.seconds)

    world.transport = lambda: InterceptingTransport(before=note)
    world.fault("error_before", status=503, times=3)
    assert outcomes(world.run(SIZE)) == {Outcome.ANSWERED: 60}
    assert len(sent_at) == 9
    assert sent_at[3] - sent_at[2] >= 600
    assert sent_at[2] - sent_at[0] < 60


@pytest.mark.ledger_in_a_file("each of its two data directories has one")
@pytest.mark.slow
def test_everything_was_cached(world: World) -> None:
    """A lost reply to a batch that the API served wholly from its cache is settled by what the cache holds."""
    world.write_list(domains(20))
    world.run(SIZE)
    world.data_dir = world.data_dir / "second"
    world.write_list(domains(20))
    world.fault("reset_after", times=1)
    assert outcomes(world.run(SIZE)) == {Outcome.ANSWERED: 20}
    assert world.sandbox.books()["remaining_credits"] == 100_000 - 20
    assert world.published("SELECT state FROM batches") == [("collected",)]  # an unknown one would reserve credits
    assert world.published("SELECT sum(credits) FROM spending") == [(0,)]


@pytest.mark.slow
def test_storm(world: World) -> None:
    """Through resets, errors, cut replies and 429s everywhere, every pair is bought once and answered."""
    world.settings_changed = {"max_batch_domains": 40}
    world.write_list(domains(200))
    kinds = [
        {"kind": "reset_after", "probability": 0.15},
        {"kind": "reset_before", "probability": 0.15},
        {"kind": "error_after", "probability": 0.1},
        {"kind": "truncate", "probability": 0.1},
        {"kind": "too_many_requests", "probability": 0.1},
    ]
    world.sandbox.set_faults(rules=kinds, seed=7)
    result = world.run()
    for _ in range(5):
        if outcomes(result).keys() <= {Outcome.ANSWERED, Outcome.OWNED}:
            break
        result = world.run()
    assert outcomes(result).keys() <= {Outcome.ANSWERED, Outcome.OWNED}
    assert len(world.bought()) == 400
