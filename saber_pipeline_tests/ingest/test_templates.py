"""Questions whose words are a template's: resolved before planning, recorded with answers, edited with a warning."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.config.questions.question import Question, VerificationMode
from saber_pipeline.config.questions.template_questions import completed, read_known_templates
from saber_pipeline.planning.plan import Status
from saber_pipeline.runs.dry_run import plan_only
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.runs.publication import rebuild_answers
from saber_pipeline.runs.template_versions import fetch_all_templates
from saber_pipeline_tests.testbed.rewriting_transport import PageRewritingTransport
from saber_pipeline_tests.testbed.templates_at_saber import TEMPLATES, send
from saber_pipeline_tests.testbed.world import BATCHES, World, domains, outcomes

if TYPE_CHECKING:
    import httpx

    from saber_pipeline.api.templates import Template

FIELDS = frozenset({"text", "answer_type"})


@pytest.fixture
def question(world: World) -> Question:
    """A question that leaves everything to a template with a number for an answer, over ten domains."""
    made = send(world, "POST", TEMPLATES, {"name": "Size", "question": "How many people?", "answerType": "number"})
    world.write_list(domains(10))
    asked = Question("size", "", template_id=made["id"], left_to_template=FIELDS)
    world.questions = (asked,)
    return asked


def test_asks_what_the_template_says(world: World, question: Question) -> None:
    """The template's question is bought, typed as it says, and each answer records template and version."""
    assert outcomes(world.run()) == {Outcome.ANSWERED: 10}
    assert {text for _, text in world.bought()} == {"How many people?"}
    assert world.published("SELECT count(*) FROM answers_number WHERE question_key = 'size'") == [(10,)]
    assert world.published("SELECT DISTINCT template_id, template_version FROM latest_answers") == [
        (question.template_id, 1)
    ]
    assert world.published("SELECT template_id, version, name, question FROM templates") == [
        (question.template_id, 1, "Size", "How many people?")
    ]
    assert outcomes(world.run()) == {Outcome.OWNED: 10}


@pytest.mark.slow
def test_a_batch_that_refuses_templates_is_sent_written_out(world: World, question: Question) -> None:
    """The sandbox's batches take no template without a question: the same pairs go again, inline, and from then on."""
    world.run()
    posts = world.posts()
    assert posts == 2
    world.write_list(domains(20, start=50), "more")
    assert outcomes(world.run(lists=("more",))) == {Outcome.ANSWERED: 20}
    assert world.posts() == posts + 1
    assert world.published("SELECT state, count(*) FROM batches GROUP BY ALL ORDER BY ALL") == [
        ("collected", 2),
        ("refused", 1),
    ]


def test_an_api_that_takes_templates_gets_them(start: Any) -> None:
    """Where batches take a template by its id, that is what is sent."""
    world: World = start(template_only_batch_items=True)
    made = send(world, "POST", TEMPLATES, {"name": "Size", "question": "How many people?", "answerType": "number"})
    world.write_list(domains(5))
    world.questions = (Question("size", "", template_id=made["id"], left_to_template=FIELDS),)
    assert outcomes(world.run()) == {Outcome.ANSWERED: 5}
    assert world.posts() == 1


@pytest.mark.slow
def test_an_edit_is_said_before_buying(world: World, question: Question, caplog: pytest.LogCaptureFixture) -> None:
    """A template edited at Saber is another question: dry run and run say so, and its pairs are due."""
    world.run()
    send(world, "PATCH", f"{TEMPLATES}/{question.template_id}", {"question": "How many people work there today?"})
    with caplog.at_level(logging.WARNING):
        dry = plan_only(world.selection(), world.settings, new_client=world.new_client, clock=world.clock)
    assert "version 1 is now version 2" in caplog.text
    assert dry.plan.totals[Status.DUE] == 10
    assert dict(dry.plan.reasons) == {"the question changed": 10}
    assert read_known_templates(world.paths.known_templates_file)[question.template_id or ""].version == 1

    assert outcomes(world.run()) == {Outcome.ANSWERED: 10}
    assert world.published("SELECT template_version, count(*) FROM signals GROUP BY ALL ORDER BY ALL") == [
        (1, 10),
        (2, 10),
    ]
    assert world.published("SELECT count(*) FROM questions.size") == [(10,)]
    assert world.published("SELECT version FROM templates ORDER BY ALL") == [(1,), (2,)]


def test_what_is_not_left_to_the_template_stays(world: World, question: Question) -> None:
    """A text in questions.yaml beats the template's, and a lenient one goes by single creates with its template."""
    own = replace(
        question,
        text="How many in all?",
        left_to_template=FIELDS - {"text"},
        verification_mode=VerificationMode.LENIENT,
    )
    world.questions = (own,)
    assert outcomes(world.run()) == {Outcome.ANSWERED: 10}
    assert {text for _, text in world.bought()} == {"How many in all?"}
    assert world.sandbox.books(pairs=False)["requests"].get(f"POST {BATCHES}", 0) == 0
    assert world.published("SELECT count(*) FROM answers_number") == [(10,)]


@pytest.mark.slow
def test_a_rebuild_needs_no_api(world: World, question: Question) -> None:
    """Ledger and landing know what the template was, so a rebuild gives the same views without a request."""
    world.run()
    before = world.published("FROM questions.size ORDER BY subject")
    known = read_known_templates(world.paths.known_templates_file)
    world.paths.warehouse_file.unlink()
    rebuild_answers(world.settings, (completed(question, known),))
    assert world.published("FROM questions.size ORDER BY subject") == before
    assert world.published("SELECT DISTINCT template_version FROM signals") == [(1,)]


def all_templates(world: World) -> dict[str, int | None]:
    """The version of each template that the asset would see."""

    async def fetch() -> list[Template]:
        async with world.new_client() as client:
            return await fetch_all_templates(client)

    return {template.name or "": template.version for template in asyncio.run(fetch())}


def test_pages_of_templates_that_shift(world: World) -> None:
    """A template that is edited and listed anew between two pages hides none, and its newest version counts."""
    made = [send(world, "POST", TEMPLATES, {"name": f"T{n}", "question": f"Is it {n}?"}) for n in range(30)]
    pages = [0]

    def shift(request: httpx.Request, page: dict[str, Any]) -> None:
        """As if the newest edited stood first: the last template goes to the front after the first page."""
        rows = [*made[-1:], *made[:-1]] if pages[0] else list(made)
        edited = pages[0] > 0
        offset = int(request.url.params.get("offset", "0"))
        page["items"] = [
            row | {"version": 2} if edited and row is made[-1] else row for row in rows[offset : offset + 25]
        ]
        pages[0] += 1

    world.transport = lambda: PageRewritingTransport(shift)
    assert all_templates(world) == {f"T{n}": 2 if n == 29 else 1 for n in range(30)}


def test_a_template_edited_between_two_pages(world: World) -> None:
    """A template that comes on two pages, edited meanwhile, is its newer version, whichever page is read first."""
    made = [send(world, "POST", TEMPLATES, {"name": f"T{n}", "question": f"Is it {n}?"}) for n in range(26)]
    seen = [0]

    def shift(request: httpx.Request, page: dict[str, Any]) -> None:
        if request.url.params.get("offset") == "25" and not seen[0]:
            seen[0] = 1
            page["items"] = [made[0] | {"version": 2}]
        elif seen[0]:
            page["items"] = [row | {"version": 2} if row["id"] == made[0]["id"] else row for row in page["items"]]

    world.transport = lambda: PageRewritingTransport(shift)
    assert all_templates(world) == {f"T{n}": 1 if n else 2 for n in range(26)}
