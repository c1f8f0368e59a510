"""Questions with choices, bought from the sandbox and published."""

from __future__ import annotations

import re
from dataclasses import replace

import httpx
import pytest

from saber_pipeline.config.questions.choices import choice_schema
from saber_pipeline.config.questions.question import AnswerType, Question, SubjectType, VerificationMode
from saber_pipeline.config.questions.subject_kinds import CONTACTS
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline_tests.testbed.world import InterceptingTransport, World, domains, outcomes, people

CHOICES = ("Salesforce", "HubSpot", "other", "none")
CRM = Question("crm", "Which CRM does this company use?", AnswerType.CHOICE, output_schema=choice_schema(CHOICES))
CHOSEN = re.compile(rb'("(?:jsonSchema|json_schema)":\{"choice":)"[^"]*"')


@pytest.mark.parametrize("count", [20, 150], ids=["sync", "async"])
@pytest.mark.slow
def test_a_batch_with_a_choice_ends_typed(world: World, count: int) -> None:
    """Batches carry a question with choices; each answer is one of them, and a second run buys nothing."""
    world.questions = (CRM,)
    world.write_list(domains(count))
    first = world.run(CRM)
    assert outcomes(first) == {Outcome.ANSWERED: count}
    assert first.outcomes.untyped.total() == first.outcomes.misfits.total() == 0
    assert world.posts() == 1
    assert world.published("SELECT count(*) FROM answers_choice WHERE question_key = 'crm'") == [(count,)]
    found = {choice for (choice,) in world.published("SELECT DISTINCT crm FROM accounts")}
    assert {"Salesforce", "other"} <= found <= set(CHOICES)
    assert outcomes(world.run(CRM)) == {Outcome.OWNED: count}
    assert (world.posts(), world.sandbox.books()["signals"]) == (1, count)


@pytest.mark.parametrize("count", [20, 150], ids=["sync", "async"])
@pytest.mark.slow
def test_another_order_of_choices_buys_nothing(world: World, count: int) -> None:
    """The same choices in another order are owned; a choice more asks anew, and the old answers leave the views."""
    world.questions = (CRM,)
    world.write_list(domains(count))
    world.run(CRM)
    turned = replace(CRM, output_schema=choice_schema(reversed(CHOICES)))
    world.questions = (turned,)
    assert outcomes(world.run(turned)) == {Outcome.OWNED: count}
    world.purchases_allowed = 2
    more = replace(CRM, output_schema=choice_schema([*CHOICES, "Pipedrive"]))
    world.questions = (more,)
    assert outcomes(world.run(more)) == {Outcome.ANSWERED: count}
    assert world.published("SELECT count(*), count(question_key) FROM answers_choice") == [(2 * count, count)]


@pytest.mark.parametrize("count", [20, 150], ids=["sync", "async"])
@pytest.mark.slow
def test_an_answer_outside_the_choices_is_counted(world: World, count: int) -> None:
    """What is no choice counts as answered and untyped and stays in signals; what differs by case is one."""
    said = iter([b'"Oracle"', b'" hubspot "', b'"Zoho"'])
    meddled: set[bytes] = set()

    class Misspelling(InterceptingTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await super().handle_async_request(request)
            body = CHOSEN.sub(lambda found: found[1] + next(said, found[0][len(found[1]) :]), await response.aread())
            meddled.update(re.findall(rb"Oracle|Zoho", body))
            return httpx.Response(response.status_code, headers={"date": response.headers["date"]}, content=body)

    world.questions = (CRM,)
    world.write_list(domains(count))
    world.transport = Misspelling
    result = world.run(CRM)
    assert meddled == {b"Oracle", b"Zoho"}
    assert outcomes(result) == {Outcome.ANSWERED: count}
    assert result.outcomes.untyped == {("accounts", "crm"): 2}
    assert world.published("SELECT count(*) FROM answers_choice") == [(count - 2,)]
    assert world.published("SELECT answer_json ->> '$.*.choice' FROM signals WHERE NOT answer_typed ORDER BY ALL") == [
        (["Oracle"],),
        (["Zoho"],),
    ]
    assert world.published("SELECT count(crm), count(*) FROM accounts") == [(count - 2, count)]


def test_choices_one_by_one(world: World) -> None:
    """Where a batch would drop a setting, and about people, choices are asked one by one and end typed."""
    lenient = replace(CRM, key="crm_lenient", verification_mode=VerificationMode.LENIENT)
    level = Question(
        "level", "Which level?", AnswerType.CHOICE, SubjectType.CONTACT, output_schema=choice_schema(["a", "b"])
    )
    world.questions = (CRM, lenient, level)
    world.write_list(domains(8))
    world.write_list(people(8), "people", CONTACTS)
    assert outcomes(world.run(lenient)) == {Outcome.ANSWERED: 8}
    assert outcomes(world.run(level, lists=("people",))) == {Outcome.ANSWERED: 8}
    counted = "SELECT question_key, count(*) FROM answers_choice GROUP BY ALL ORDER BY ALL"
    assert world.published(counted) == [("crm_lenient", 8), ("level", 8)]
    assert world.published("SELECT count(level) FROM contacts") == [(8,)]


def test_a_text_question_becomes_a_choice(world: World) -> None:
    """Where a ledger holds the question as text, it is asked anew once, and the texts stay in signals."""
    text = Question("crm", CRM.text)
    world.questions = (text,)
    world.write_list(domains(20))
    world.run(text)
    world.questions, world.purchases_allowed = (CRM,), 2
    assert outcomes(world.run(CRM)) == {Outcome.ANSWERED: 20}
    assert outcomes(world.run(CRM)) == {Outcome.OWNED: 20}
    for counted in ("count(*) FROM answers_open_text", "count(*) FROM answers_choice", "count(crm) FROM accounts"):
        assert world.published(f"SELECT {counted}") == [(20,)]
