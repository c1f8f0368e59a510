"""When it is concluded that batches take no templates, and for how long."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from saber_pipeline.config.questions.question import Question
from saber_pipeline.ledger.store import Ledger, set_value
from saber_pipeline.purchasing.batch_purchases import NO_TEMPLATES_KEY
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.world import BATCHES, DAY_SECONDS, InterceptingTransport, World, domains, outcomes

FACT = f"SELECT value FROM facts WHERE name = '{NO_TEMPLATES_KEY}'"  # noqa: S608 - a constant


@pytest.fixture
def sent(start: Any) -> tuple[World, list[bool]]:
    """A world whose question is a template's, and of each batch sent whether it went by the template's id."""
    world: World = start(template_only_batch_items=True)
    with httpx.Client(base_url=world.sandbox.base_url, trust_env=False) as http:
        made = http.post(
            "/v1/companies/signals/templates",
            json={"name": "Size", "question": "How many people?", "answerType": "number"},
            headers={"Authorization": f"Bearer {world.key}"},
        ).json()
    left = frozenset({"text", "answer_type"})
    world.questions = (Question("size", "", template_id=made["id"], left_to_template=left),)
    return world, []


def refuse(world: World, sent: list[bool], error: dict[str, Any] | None) -> None:
    """Note how batches are sent; refuse those that go by a template's id with ``error``, where there is one."""

    def before(request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST" or request.url.path != BATCHES:
            return None
        by_template = any("templateId" in item for item in json.loads(request.content)["signals"])
        sent.append(by_template)
        return httpx.Response(422, json={"error": error}) if by_template and error else None

    world.transport = lambda: InterceptingTransport(before=before)


def named(field: str) -> dict[str, Any]:
    fields = [{"field": field, "message": "not accepted"}]
    return {"type": "VALIDATION", "code": "VALIDATION_ERROR", "requestId": "r", "message": "no", "fields": fields}


NAMING = [
    named("templateId"),
    named("signals[0].templateId"),
    named("signals/0/templateId"),
    named("body.signals.0.template_id"),
    named("signalTemplateId"),
    {"type": "VALIDATION", "code": "V", "requestId": "r", "message": "templateId is not supported here"},
]


@pytest.mark.sweep(keep=2)
@pytest.mark.parametrize("error", NAMING, ids=[*"abcde", "text"])
@pytest.mark.slow
def test_a_refusal_that_names_the_template_holds_for_a_day(sent: tuple[World, list[bool]], error: Any) -> None:
    """The same pairs go again written out, so do later ones, and after a day templates are tried again."""
    world, posts = sent
    world.write_list(domains(4))
    refuse(world, posts, error)
    assert outcomes(world.run()) == {Outcome.ANSWERED: 4}
    assert posts == [True, False]
    ((noted,),) = world.ledger_rows(FACT)
    assert abs(float(noted) - world.clock.seconds) < 3_600
    world.clock.advance(DAY_SECONDS / 2)
    world.write_list(domains(4, start=10), "more")
    assert outcomes(world.run(lists=("more",))) == {Outcome.ANSWERED: 4}
    assert posts[2:] == [False]
    world.clock.advance(DAY_SECONDS / 2)
    refuse(world, posts, None)
    world.write_list(domains(4, start=20), "most")
    assert outcomes(world.run(lists=("most",))) == {Outcome.ANSWERED: 4}
    assert posts[3:] == [True]


def test_a_refusal_of_something_else_concludes_nothing(sent: tuple[World, list[bool]]) -> None:
    """A 422 that names a domain is about the domain, though its text has the word; the rest goes by the template."""
    world, posts = sent
    world.write_list(domains(4))
    bad = "company00002.com"

    def before(request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST" or request.url.path != BATCHES:
            return None
        body = json.loads(request.content)
        posts.append("templateId" in body["signals"][0])
        if bad not in body["domains"]:
            return None
        error = named(f"domains[{body['domains'].index(bad)}]") | {"message": "no company for this template"}
        return httpx.Response(422, json={"error": error})

    world.transport = lambda: InterceptingTransport(before=before)
    assert outcomes(world.run()) == {Outcome.ANSWERED: 3, Outcome.REFUSED: 1}
    assert posts == [True, True]
    assert world.ledger_rows(FACT) == []


@pytest.mark.parametrize("status", [400, 413])
@pytest.mark.slow
def test_only_a_422_concludes(sent: tuple[World, list[bool]], status: int) -> None:
    """Another refusal that names the template refuses its pairs and says nothing of other batches."""
    world, posts = sent
    world.write_list(domains(2))

    def before(request: httpx.Request) -> httpx.Response | None:
        if request.method != "POST" or request.url.path != BATCHES:
            return None
        posts.append("templateId" in json.loads(request.content)["signals"][0])
        return httpx.Response(status, json={"error": named("signals[0].templateId")})

    world.transport = lambda: InterceptingTransport(before=before)
    assert outcomes(world.run()) == {Outcome.REFUSED: 2}
    assert posts == [True]
    assert world.ledger_rows(FACT) == []


def test_words_that_are_missed_are_sent(sent: tuple[World, list[bool]]) -> None:
    """An API that misses the question of a template's item gets it written out, and nothing more is concluded."""
    world, posts = sent
    world.write_list(domains(4))
    refuse(world, posts, named("signals[0].question"))
    assert outcomes(world.run()) == {Outcome.ANSWERED: 4}
    assert posts == [True, False]
    assert world.ledger_rows(FACT) == []


def test_what_an_older_version_concluded_is_tried_again(sent: tuple[World, list[bool]]) -> None:
    """A conclusion without a date is an old one: templates are tried again at once."""
    world, posts = sent
    world.write_list(domains(2))
    ledger = Ledger.open(world.paths.ledger_file)
    with ledger.transaction() as connection:
        set_value(connection, NO_TEMPLATES_KEY, "yes")
    ledger.close()
    refuse(world, posts, None)
    assert outcomes(world.run()) == {Outcome.ANSWERED: 2}
    assert posts == [True]
