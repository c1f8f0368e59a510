"""The key stands nowhere, though the API repeats it in everything that it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from saber_pipeline.config.questions.question import AnswerType, Question, VerificationMode
from saber_pipeline.config.questions.subject_kinds import CONTACTS
from saber_pipeline.config.secrets import ApiKey
from saber_pipeline.ingest.company_list_import import fetch_company_lists
from saber_pipeline.ingest.contact_search_import import run_searches
from saber_pipeline.ingest.source_declarations import CompanyList, ContactSearch, Subscription
from saber_pipeline.ingest.subscription_import import read_subscriptions
from saber_pipeline.runs.answers import run_answers
from saber_pipeline.runs.requests import RunRequest
from saber_pipeline_tests.testbed.echoing_api import EchoingApi, echoing
from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.research_runs import people as researched_people
from saber_pipeline_tests.testbed.research_runs import research, write_people
from saber_pipeline_tests.testbed.summary_runs import summarise
from saber_pipeline_tests.testbed.traces import traces
from saber_pipeline_tests.testbed.world import POSTS, ROLE, STACK, World, domains, people
from saber_pipeline_tests.webhooks.conftest import Receiver, free_port

KEY = "sk_live_secret_0123456789_echo"
SHOWN = "sk_live_…echo"
SCHEMA = {"type": "object", "properties": {"ceo": {"type": "string"}}, "required": ["ceo"]}
SCHEMAS = {AnswerType.JSON_SCHEMA: SCHEMA}
TYPED = tuple(
    Question(type_.value, f"What about {type_.value}?", type_, output_schema=SCHEMAS.get(type_))
    for type_ in AnswerType
    if type_ is not AnswerType.CHOICE
)
LENIENT = Question("mood", "What is their mood?", verification_mode=VerificationMode.LENIENT)


@pytest.fixture
def echoed(start: StartWorld) -> Iterator[tuple[World, EchoingApi]]:
    """A world whose API repeats the key, and in which some signals fail or do without LinkedIn."""
    world = start(failed_share=0.2, not_known_share=0.1, degraded_share=0.3, summary_seconds=0)
    world.key = KEY
    with echoing(world.sandbox.base_url, KEY) as api:
        world.base_url = api.url
        yield world, api


@pytest.mark.slow
def test_the_key_stands_nowhere(echoed: tuple[World, EchoingApi]) -> None:
    """After runs of every kind, no file and no table of the data directory holds it; what was said besides is there."""
    world, api = echoed
    told = Question("told", "", template_id=_template(world), left_to_template=frozenset({"text"}))
    world.questions = (*TYPED, LENIENT, told)
    world.write_list(domains(4))
    _answers(world, api)
    world.write_list(people(4), kind=CONTACTS)
    world.questions = (ROLE, POSTS)
    world.run()
    write_people(world, researched_people(3))
    research(world)
    _sources(world)
    assert traces(world.data_dir, KEY) == set()
    for query in (
        "FROM answers_open_text WHERE value LIKE '%' || $1 || '%'",
        "FROM answers_json_schema WHERE value::VARCHAR LIKE '%' || $1 || '%'",
        "FROM signals WHERE status = 'failed' AND error LIKE '%' || $1 || '%'",
        "FROM signals WHERE reasoning LIKE '%' || $1 || '%'",
        "FROM sources WHERE title LIKE '%' || $1 || '%' AND url LIKE '%' || $1 || '%'",
        "FROM templates WHERE name LIKE '%' || $1 || '%'",
        "FROM summary_points AS s WHERE s::VARCHAR LIKE '%' || $1 || '%'",
        "FROM companies WHERE name LIKE '%' || $1 || '%'",
        "FROM found_contacts WHERE full_name LIKE '%' || $1 || '%'",
        "FROM contact_research AS r WHERE r::VARCHAR LIKE '%' || $1 || '%'",
        "FROM subscription_signals",
    ):
        assert world.published(f"SELECT count(*) > 0 {query.replace('$1', repr(SHOWN))}") == [(True,)], query


def _template(world: World) -> str:
    made: str = _ask(world, "POST", "/v1/companies/signals/templates", {"name": "T", "question": "How many?"})["id"]
    return made


def _ask(world: World, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    with httpx.Client(base_url=world.sandbox.base_url, trust_env=False) as http:
        reply = http.request(method, path, json=body, headers={"Authorization": f"Bearer {world.key}"})
    found: dict[str, Any] = reply.raise_for_status().json()
    return found


def _answers(world: World, api: EchoingApi) -> None:
    """Answers with summaries; a create that is refused, a look that fails, and an event about a company by webhook."""
    api.refused = {"/signals": 503, "/batch": 422, "/credits": 429}
    for run_id in ("one", "two"):
        run_answers(
            RunRequest(run_id, world.selection(), max_wait_minutes=240, generate_summary=True),
            world.settings,
            world.questions,
            new_client=world.new_client,
            report=world.progress.append,
            clock=world.clock,
        )
    summarise(world, run_id="sums")
    told = {
        "id": "s1",
        "domain": "company00000.com",
        "company": {"name": f"Acme {KEY}", "website": f"https://a/?{KEY}"},
    }
    body = json.dumps({"event": f"signal.completed {KEY}", KEY: KEY, "signal": told}).replace("secret", "\\u0073ecret")
    settings = replace(world.settings, api_key=ApiKey(KEY))
    with Receiver(settings, free_port(), unsigned=True) as receiver:
        assert receiver.post(body.encode()).status_code == 202


def _sources(world: World) -> None:
    file = world.paths.sources_file
    list_id = world.sandbox.new_company_list(name="Targets", domains=domains(3, start=50))
    fetch_company_lists([CompanyList("targets", file, 5, list_id=list_id)], world.settings, world.new_client)
    search = ContactSearch("leaders", file, 3, company_linkedin_urls=("https://www.linkedin.com/company/acme",))
    run_searches([search], world.settings, (), new_client=world.new_client, run_id="search")
    subscription_id = world.sandbox.new_subscription(question=STACK.text, domains=domains(3))
    world.clock.advance(60)
    subscription = Subscription("news", file, 7, subscription_id=subscription_id)
    read_subscriptions([subscription], world.settings, (STACK,), new_client=world.new_client, run_id="subscriptions")
