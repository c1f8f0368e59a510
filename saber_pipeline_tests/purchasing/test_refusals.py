"""A refused batch is cut until the pairs that the API means are found; the rest is bought."""

from __future__ import annotations

import json
import logging
from dataclasses import replace

import httpx
import pytest

from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.world import CLOUD, SIZE, InterceptingTransport, World, domains, outcomes

LONG = replace(CLOUD, text="Why? " * 101)


@pytest.mark.slow
def test_domain_cap(start: StartWorld) -> None:
    """A cap on domains is found by one refusal, kept in the ledger, and costs no refusal the next time."""
    world = start(async_domain_cap=100)
    world.write_list(domains(250))
    assert world.run().outcomes.totals[Outcome.ANSWERED] == 500
    assert world.posts() == 1 + 3
    assert world.ledger_rows("SELECT value FROM facts WHERE name = 'async_domain_cap'") == [("100",)]
    world.write_list(domains(600))
    assert world.run().outcomes.totals[Outcome.ANSWERED] == 700
    assert world.posts() == 1 + 3 + 4


def test_cap_named_without_a_number(world: World) -> None:
    """A refusal that names domains and no number is read as the cap of the interface description."""
    world.write_list(domains(150))
    refused = {"error": {"code": "VALIDATION_ERROR", "fields": [{"field": "domains", "message": "too many"}]}}
    refuse_when(world, lambda body: len(body["domains"]) > 100, refused)
    assert world.run(SIZE).outcomes.totals[Outcome.ANSWERED] == 150
    assert world.posts() == 2


@pytest.mark.parametrize("names_it", [True, False], ids=["named", "unnamed"])
@pytest.mark.slow
def test_bad_domain(world: World, names_it: bool) -> None:
    """One domain that the API refuses is refused alone, whether the API names its place or nothing."""
    world.write_list(domains(130))
    bad = "company00077.com"

    def reply(body: dict[str, list[str]]) -> dict[str, object]:
        fields = [{"field": f"domains[{body['domains'].index(bad)}]", "message": "is no company"}] if names_it else []
        return {"error": {"code": "VALIDATION_ERROR", "message": "Something is not valid", "fields": fields}}

    refuse_when(world, lambda body: bad in body["domains"], reply)
    result = world.run()
    assert outcomes(result) == {Outcome.ANSWERED: 258, Outcome.REFUSED: 2}
    assert {row[0] for row in world.ledger_rows("SELECT subject FROM unserved WHERE kind = 'invalid'")} == {bad}
    assert result.stopped_by is None


def test_bad_question(world: World) -> None:
    """A question that the API refuses is refused for every domain, and the other one is bought."""
    world.questions = (SIZE, LONG)
    world.write_list(domains(120))
    result = world.run()
    assert result.outcomes.of_question("cloud") == {Outcome.REFUSED: 120}
    assert result.outcomes.of_question("size") == {Outcome.ANSWERED: 120}
    assert world.posts() < 100


def test_only_bad_questions(world: World) -> None:
    """When everything is refused the run says so for every pair, after a bounded number of requests."""
    world.questions = (LONG,)
    world.write_list(domains(500))
    assert outcomes(world.run()) == {Outcome.REFUSED: 500}
    assert world.posts() <= 60


def test_refused_pairs_are_due_again(world: World) -> None:
    """A refusal costs nothing, so the next run asks again."""
    world.questions = (LONG,)
    world.write_list(domains(1))
    world.run()
    assert outcomes(world.run()) == {Outcome.REFUSED: 1}


@pytest.mark.slow
def test_key_refused_midway(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A key that stops working between two batches stops the run; the next one buys only the rest."""
    world.settings_changed = {"max_batch_domains": 100}
    world.write_list(domains(300))

    def revoke(request: httpx.Request) -> httpx.Response | None:
        if request.method == "POST" and len(sizes(world)) == 1:
            return httpx.Response(401, json={"error": {"code": "UNAUTHORIZED", "message": "No such key"}})
        return None

    with caplog.at_level(logging.ERROR):
        world.transport = lambda: InterceptingTransport(before=revoke)
        result = world.run(SIZE)
    assert result.stopped_by is not None
    assert outcomes(result) == {Outcome.ANSWERED: 100, Outcome.NOT_FINISHED: 200}
    world.transport = None
    assert outcomes(world.run(SIZE)) == {Outcome.OWNED: 100, Outcome.ANSWERED: 200}


def refuse_when(world: World, is_bad: object, reply: object) -> None:
    """Let a 422 with ``reply`` meet every batch whose body ``is_bad``."""

    def refuse(request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST":
            return None
        body = json.loads(request.content)
        if not is_bad(body):  # type: ignore[operator]  # a callable, as the tests above give it
            return None
        return httpx.Response(422, json=reply(body) if callable(reply) else reply)

    world.transport = lambda: InterceptingTransport(before=refuse)


def sizes(world: World) -> list[int]:
    """How many signals each accepted batch had, largest first."""
    counts: dict[str, int] = {}
    for pair in world.sandbox.books()["pairs"]:
        for signal in pair["signals"]:
            batch = signal["batch_id"] or "sync"
            counts[batch] = counts.get(batch, 0) + 1
    return sorted(counts.values(), reverse=True)


@pytest.mark.ledger_in_a_file("it measures it")
@pytest.mark.slow
def test_a_long_reason_is_kept_once(world: World) -> None:
    """A refusal of hundreds of pairs with a message of 110,000 characters adds one short reason to the ledger."""
    world.write_list(domains(300))
    long = {"error": {"code": "VALIDATION_ERROR", "message": "no\x1b[2J " + "x" * 110_000}}
    refuse_when(world, lambda _body: True, long)
    assert outcomes(world.run()) == {Outcome.REFUSED: 600}
    ((reasons, longest),) = world.ledger_rows("SELECT count(*), max(length(reason)) FROM reasons")
    assert reasons < 10
    assert longest <= 500
    assert world.ledger_rows("SELECT count(*) FROM unserved") == [(600,)]
    assert sum(file.stat().st_size for file in world.paths.ledger_file.parent.iterdir()) < 6_000_000
    assert world.published("SELECT count(*), max(length(reason)) FROM refusals") == [(600, longest)]
