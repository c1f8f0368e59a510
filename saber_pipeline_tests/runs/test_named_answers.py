"""An answer that the API named for a pair settles it: asked in its own words, by a template, or answered wrongly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from saber_pipeline.config.questions.question import AnswerType, Question, SubjectType, VerificationMode
from saber_pipeline.config.questions.subject_kinds import CONTACTS
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.runs.publication import rebuild_answers
from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.world import LENIENT, World, domains, outcomes, people

TEMPLATES = "/v1/companies/signals/templates"
ABOUT = {SubjectType.COMPANY: "companies", SubjectType.CONTACT: "contacts"}


def template(world: World, **fields: Any) -> str:
    with httpx.Client(base_url=world.sandbox.base_url, trust_env=False) as http:
        body = {"name": "Mood", "question": "What is the template's question?", "answerType": "boolean"} | fields
        reply = http.post(TEMPLATES, json=body, headers={"Authorization": f"Bearer {world.key}"})
        made: str = reply.raise_for_status().json()["id"]
        return made


def listed(world: World, question: Question, count: int) -> None:
    """A list of ``count`` subjects of the question's kind, and the question as the only one."""
    world.questions = (question,)
    if question.about is SubjectType.CONTACT:
        world.write_list(people(count), kind=CONTACTS)
    else:
        world.write_list(domains(count))


class Bodies(httpx.AsyncBaseTransport):
    """Real HTTP that keeps the bodies of what buys, and lets ``alter`` change the signals of the API's replies."""

    def __init__(self, world: World, sent: list[dict[str, Any]], alter: Callable[[dict[str, Any]], None]) -> None:
        self._real = httpx.AsyncHTTPTransport()
        self._world = world
        self._sent = sent
        self._alter = alter

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self._sent.append(json.loads(request.content))
        if request.url.path.endswith("/sync"):  # time goes by while such a create is waited for
            asyncio.get_running_loop().call_later(0.1, self._world.clock.advance, 15)
        response = await self._real.handle_async_request(request)
        body = json.loads(await response.aread() or b"null")
        if "/signals" not in request.url.path or not response.is_success:
            return response
        for signal in body.get("results", [body]):
            self._alter(signal)
        headers = {"date": response.headers["date"]}
        return httpx.Response(response.status_code, json=body, headers=headers)

    async def aclose(self) -> None:
        await self._real.aclose()


def meddle(world: World, alter: Callable[[dict[str, Any]], None] = lambda _: None) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    world.transport = lambda: Bodies(world, sent, alter)
    return sent


@pytest.mark.sweep
@pytest.mark.parametrize("count", [3, 12], ids=["waited for", "created"])
@pytest.mark.parametrize("about", list(SubjectType))
@pytest.mark.slow
def test_own_words_are_asked_beside_a_template(world: World, about: SubjectType, count: int) -> None:
    """A question with a template and a text of its own is asked as it says, bought once a pair, and owned then."""
    question = Question(
        "mood",
        "What is their own mood?",
        AnswerType.NUMBER,
        about=about,
        verification_mode=VerificationMode.LENIENT,
        template_id=template(world),
    )
    listed(world, question, count)
    world.sandbox.set_credits(count)
    sent = meddle(world)
    assert outcomes(world.run()) == {Outcome.ANSWERED: count}
    assert not any("signalTemplateId" in body for body in sent)
    assert {text for _, text in world.bought()} == {"What is their own mood?"}
    assert outcomes(world.run()) == {Outcome.OWNED: count}
    assert len(sent) == count
    assert world.published("SELECT count(*), count(mismatch) FROM answers_number JOIN signals USING (signal_id)") == [
        (count, 0)
    ]


@pytest.mark.sweep
@pytest.mark.parametrize("left", [{"text", "answer_type"}, {"text"}], ids=["all", "the same type"])
@pytest.mark.parametrize("about", list(SubjectType))
@pytest.mark.slow
def test_without_words_the_template_asks(world: World, about: SubjectType, left: set[str]) -> None:
    """A question without a text is asked by its template's id, also where it repeats the template's type."""
    made = template(world)
    question = Question(
        "mood",
        "",
        AnswerType.BOOLEAN,
        about=about,
        verification_mode=VerificationMode.LENIENT,
        template_id=made,
        left_to_template=frozenset(left),
    )
    listed(world, question, 7)
    sent = meddle(world)
    assert outcomes(world.run()) == {Outcome.ANSWERED: 7}
    assert {body.get("signalTemplateId") for body in sent} == {made}
    assert outcomes(world.run()) == {Outcome.OWNED: 7}
    assert world.published("SELECT count(*) FROM answers_boolean") == [(7,)]


@pytest.mark.slow
def test_another_type_than_the_templates_is_asked_in_full(world: World) -> None:
    """A question that takes the template's text and another type is written out: the template's type would win."""
    question = Question(
        "mood",
        "",
        AnswerType.NUMBER,
        verification_mode=VerificationMode.LENIENT,
        template_id=template(world),
        left_to_template=frozenset({"text"}),
    )
    listed(world, question, 3)
    sent = meddle(world)
    assert outcomes(world.run()) == {Outcome.ANSWERED: 3}
    assert not any("signalTemplateId" in body for body in sent)
    assert world.published("SELECT count(*) FROM answers_number") == [(3,)]


def other(field: str, value: object) -> Callable[[dict[str, Any]], None]:
    def alter(signal: dict[str, Any]) -> None:
        signal[field] = value

    return alter


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize("count", [2, 9], ids=["waited for", "created"])
@pytest.mark.parametrize(
    ("field", "value", "mismatch", "shown"),
    [
        ("question", "What is the weather?", "question", False),
        ("domain", "elsewhere.org", "subject", False),
        ("verificationMode", "strict", "verification_mode", True),
        ("question", f" {LENIENT.text.upper()} ", None, True),
    ],
)
def test_something_else_settles_its_pair_once(
    world: World, field: str, value: str, mismatch: str | None, shown: bool, count: int
) -> None:
    """What the API named for a pair and answered otherwise ends it: counted, shown as that, never bought again."""
    listed(world, LENIENT, count)
    meddle(world, other(field, value))
    result = world.run()
    assert outcomes(result) == {Outcome.ANSWERED: count}
    assert result.outcomes.mismatches["accounts", "mood"] == (count if mismatch else 0)
    query = "SELECT DISTINCT question_key, mismatch, answer_json IS NOT NULL FROM signals"
    assert world.published(query) == [("mood", mismatch, True)]
    assert world.published("SELECT count(*) FROM questions.mood") == [(count if shown else 0,)]
    assert outcomes(world.run()) == {Outcome.OWNED: count}
    assert sum(world.bought().values()) == count

    world.paths.warehouse_file.unlink()
    rebuild_answers(world.settings, world.questions)
    assert world.published(query) == [("mood", mismatch, True)]


@pytest.mark.slow
def test_a_contacts_answer_under_other_words(world: World) -> None:
    """The same about people, whose profiles the API may spell in another way without being about another person."""
    question = Question("role", "What is this person's role?", about=SubjectType.CONTACT)
    listed(world, question, 8)

    def alter(signal: dict[str, Any]) -> None:
        signal["question"] = "Where were they born?"
        signal["contactProfileUrl"] = signal["contactProfileUrl"].replace("www.", "") + "/"

    meddle(world, alter)
    assert outcomes(world.run()) == {Outcome.ANSWERED: 8}
    assert world.published("SELECT DISTINCT mismatch FROM signals") == [("question",)]
    assert outcomes(world.run()) == {Outcome.OWNED: 8}


def test_ids_that_a_batch_mixed_up_settle_nobody_elses_pair(start: StartWorld) -> None:
    """Ids that a batch gives by place only, in another order, are not taken for the pairs: their words are."""
    world = start(processing_seconds=(60.0, 90.0))
    world.write_list(domains(6))

    def shift(request: httpx.Request, body: dict[str, Any]) -> dict[str, Any]:
        if request.method == "POST":
            for item in body["results"]:
                item.pop("domain"), item.pop("question")
            body["results"].reverse()
        return body

    real = httpx.AsyncHTTPTransport

    class Reversed(httpx.AsyncBaseTransport):
        def __init__(self) -> None:
            self._real = real()

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await self._real.handle_async_request(request)
            body = json.loads(await response.aread())
            headers = {"date": response.headers["date"]}
            return httpx.Response(response.status_code, json=shift(request, body), headers=headers)

        async def aclose(self) -> None:
            await self._real.aclose()

    world.transport = Reversed
    assert outcomes(world.run()) == {Outcome.ANSWERED: 12}
    assert world.published("SELECT count(*) FROM signals WHERE mismatch IS NOT NULL") == [(0,)]
