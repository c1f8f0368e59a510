"""Collecting: what was cached, what comes late, and an API that does not behave."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from saber_pipeline.collection import collector, signal_sink
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.errors import ApiKeyRefusedError, ApiUnreachableError
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.warehouse import background_loader
from saber_pipeline_tests.testbed.fixtures import StartWorld
from saber_pipeline_tests.testbed.world import CLOUD, LISTING, SIZE, InterceptingTransport, World, domains, outcomes

SEATS: dict[str, Any] = {"type": "object", "properties": {"seats": {"type": "integer"}}}


@pytest.mark.ledger_in_a_file("each of its two data directories has one")
@pytest.mark.parametrize("count", [20, 150], ids=["sync", "async"])
def test_everything_cached(world: World, count: int) -> None:
    """What the API serves from its cache is adopted, costs nothing, and does not keep the run waiting."""
    world.write_list(domains(count))
    world.run(SIZE)
    world.data_dir = world.data_dir / "second"
    world.write_list(domains(count))
    began = world.clock.seconds
    result = world.run(SIZE)
    assert outcomes(result) == {Outcome.ANSWERED: count}
    assert result.spending.credits_spent == 0
    assert world.clock.seconds - began < 120


@pytest.mark.ledger_in_a_file("each of its two data directories has one")
def test_partly_cached(world: World) -> None:
    """Where some answers are cached and some are new, both are found and only the new ones cost."""
    world.write_list(domains(90))
    world.run(SIZE)
    world.data_dir = world.data_dir / "second"
    world.write_list(domains(200))
    result = world.run(SIZE)
    assert outcomes(result) == {Outcome.ANSWERED: 200}
    assert result.spending.credits_spent == 110


def test_deadline(start: StartWorld) -> None:
    """At the deadline the rest is not finished and its batch is named; the next run collects it unpaid."""
    world = start(processing_seconds=(10.0, 600.0))
    world.write_list(domains(200))
    first = world.run(SIZE, max_wait_minutes=5)
    finished = outcomes(first)[Outcome.ANSWERED]
    assert outcomes(first) == {Outcome.ANSWERED: finished, Outcome.NOT_FINISHED: 200 - finished}
    assert 0 < finished < 200
    assert [(batch,) for batch in first.batches_open] == world.published("SELECT batch_id FROM batches")
    second = world.run(SIZE)
    assert outcomes(second) == {Outcome.OWNED: finished, Outcome.ANSWERED: 200 - finished}
    assert (world.posts(), second.batches_open) == (1, ())


def test_rows_complete_while_reading(start: StartWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time that goes by during every request, so that rows keep completing between pages, loses none."""
    monkeypatch.setattr(collector, "TAIL_ROWS", 100)
    world = start(processing_seconds=(1.0, 200.0))
    world.write_list(domains(400))
    world.transport = lambda: InterceptingTransport(after=lambda _request: world.clock.advance(0.3))
    assert outcomes(world.run(SIZE)) == {Outcome.ANSWERED: 400}
    assert world.published("SELECT count(DISTINCT signal_id), count(*) FROM signals") == [(400, 400)]


def test_foreign_traffic(world: World) -> None:
    """Signals that others buy with the same key are neither taken for ours nor keep the run from ending."""
    world.write_list(domains(150))
    made: list[str] = []

    def buy_elsewhere(request: httpx.Request) -> None:
        if len(made) < 120:
            made.append(f"foreign{len(made)}.com")
            asked = {"domain": made[-1], "question": SIZE.text if len(made) % 2 else "Anything else?"}
            headers = {"Authorization": f"Bearer {world.key}"}
            httpx.post(f"{world.sandbox.base_url}/v1/companies/signals", json=asked, headers=headers, trust_env=False)

    world.transport = lambda: InterceptingTransport(after=buy_elsewhere)
    assert outcomes(world.run(SIZE)) == {Outcome.ANSWERED: 150}
    assert world.published("SELECT count(*) FROM signals") == [(150,)]


def test_same_pairs_bought_elsewhere(world: World) -> None:
    """A fresh answer that somebody else bought meanwhile for a pair of ours settles it, once."""
    world.write_list(domains(5))
    headers = {"Authorization": f"Bearer {world.key}"}
    for domain in domains(5):
        asked = {"domain": domain, "question": SIZE.text}
        httpx.post(f"{world.sandbox.base_url}/v1/companies/signals", json=asked, headers=headers, trust_env=False)
    result = world.run(SIZE)
    assert outcomes(result) == {Outcome.ANSWERED: 5}
    assert result.spending.credits_spent == 0


@pytest.mark.parametrize("kind", ["error_before", "reset_before"])
def test_outage(start: StartWorld, kind: str) -> None:
    """An outage of a minute while collecting delays the run and costs nothing else."""
    world = start(processing_seconds=(10.0, 100.0))
    world.write_list(domains(150))
    world.clock.after(20, lambda: world.sandbox.set_faults(outage_seconds=60, outage_kind=kind))
    assert outcomes(world.run(SIZE)) == {Outcome.ANSWERED: 150}
    assert world.posts() == 1


def test_outage_that_lasts(start: StartWorld) -> None:
    """An API that stays away stops the run; what was bought stays open, and the next run collects it."""
    world = start(processing_seconds=(10.0, 100.0))
    world.write_list(domains(150))
    world.clock.after(20, lambda: world.sandbox.set_faults(outage_seconds=7200))
    first = world.run(SIZE)
    assert first.stopped_by is not None
    assert outcomes(first).keys() <= {Outcome.ANSWERED, Outcome.NOT_FINISHED}
    world.heal()
    assert outcomes(world.run(SIZE)).keys() <= {Outcome.OWNED, Outcome.ANSWERED}
    assert world.posts() == 1


@pytest.mark.parametrize("shape", ["flat", "envelope"])
def test_rate_limit_storm(world: World, shape: str) -> None:
    """Through a storm of 429s in either shape, on reads and on purchases, everything is bought once."""
    world.settings_changed = {"max_batch_domains": 101}
    world.write_list(domains(303))
    world.fault("too_many_requests", "/v1/", probability=0.6, shape=shape)
    result = world.run(SIZE)
    assert outcomes(result) == {Outcome.ANSWERED: 303}
    assert result.spending.signals_bought == 303


@pytest.mark.parametrize("kind", ["truncate", "error_after"])
def test_spoilt_listings(world: World, kind: str) -> None:
    """Listings that come cut or as errors every other time are read again until they are whole."""
    world.write_list(domains(150))
    world.fault(kind, LISTING, method="GET", probability=0.3)
    assert outcomes(world.run(SIZE)) == {Outcome.ANSWERED: 150}


def test_key_revoked_while_collecting(world: World) -> None:
    """A key that is refused while collecting stops the run; what was bought is collected by the next one."""
    world.write_list(domains(150))

    def revoke(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/signals") and request.method == "GET":
            return httpx.Response(401, json={"error": {"code": "UNAUTHORIZED", "message": "No such key"}})
        return None

    world.transport = lambda: InterceptingTransport(before=revoke)
    first = world.run(SIZE)
    assert isinstance(first.stopped_by, ApiKeyRefusedError)
    assert outcomes(first) == {Outcome.NOT_FINISHED: 150}
    world.transport = None
    assert outcomes(world.run(SIZE)) == {Outcome.ANSWERED: 150}
    assert world.posts() == 1


def test_wrong_key(world: World) -> None:
    """A wrong key stops the run before anything is claimed."""
    world.write_list(domains(5))
    world.key = "wrong"
    with pytest.raises(ApiKeyRefusedError):
        world.run(SIZE)
    assert world.ledger_rows("SELECT * FROM pairs") == []


def test_unreachable(world: World) -> None:
    """An API that cannot be reached stops the run with its address, and nothing is written as bought."""
    world.write_list(domains(5))
    world.base_url = "http://127.0.0.1:9"
    with pytest.raises(ApiUnreachableError, match=r"127\.0\.0\.1:9"):
        world.run(CLOUD)
    assert world.ledger_rows("SELECT * FROM pairs") == []
    assert world.ledger_rows("SELECT * FROM submissions") == []
    world.base_url = ""
    assert outcomes(world.run(CLOUD)) == {Outcome.ANSWERED: 5}


def test_progress(world: World) -> None:
    """Progress never goes back and ends with everything done."""
    world.write_list(domains(150))
    world.run(SIZE)
    done = [progress.done for progress in world.progress]
    assert done == sorted(done)
    assert (world.progress[-1].done, world.progress[-1].total) == (150, 150)


def test_objects_that_break_their_schema_are_counted(world: World) -> None:
    """An object of another shape is answered, kept as JSON, and counted; a null or missing property is no breach."""
    schema = {
        "type": "object",
        "required": ["seats"],
        "properties": {"seats": {"type": "integer"}, "plan": {"type": "string"}},
    }
    facts = Question("facts", "What do they have?", AnswerType.JSON_SCHEMA, output_schema=schema)
    answers = iter([b'{"seats":"many"}', b'{"seats":3,"plan":null}', b'{"plan":"pro"}'])
    found = re.compile(rb'"(?:jsonSchema|json_schema)":(\{[^{}]*\})(?=\})')

    class Misshaping(InterceptingTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await super().handle_async_request(request)
            body = found.sub(lambda m: m[0].replace(m[1], next(answers, m[1])), await response.aread())
            return httpx.Response(response.status_code, headers={"date": response.headers["date"]}, content=body)

    world.questions = (facts,)
    world.write_list(domains(10))
    world.transport = Misshaping
    result = world.run(facts)
    assert outcomes(result) == {Outcome.ANSWERED: 10}
    assert result.outcomes.misfits == {"facts": 2}
    assert result.outcomes.untyped.total() == 0
    assert world.published("SELECT count(*) FROM answers_json_schema") == [(10,)]
    assert world.published("SELECT count(*) FROM questions.facts WHERE seats IS NULL") == [(2,)]


@pytest.mark.parametrize("count", [20, 150], ids=["sync", "async"])
@pytest.mark.slow
def test_a_wider_schema_is_asked_anew(world: World, count: int) -> None:
    """Answers to a question's earlier schema that fit the new one too are not taken for its answers."""
    facts = Question("facts", "What do they have?", AnswerType.JSON_SCHEMA, output_schema=SEATS)
    world.questions = (facts,)
    world.write_list(domains(count))
    world.run(facts)
    properties = SEATS["properties"] | {"plan": {"type": "string"}}
    wider = Question("facts", facts.text, AnswerType.JSON_SCHEMA, output_schema=SEATS | {"properties": properties})
    world.questions, world.purchases_allowed = (wider,), 2
    assert outcomes(world.run(wider)) == {Outcome.ANSWERED: count}
    assert world.published("SELECT count(*), count(question_key) FROM answers_json_schema") == [(2 * count, count)]


def test_loading_while_reading(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that loads what it landed while it reads on publishes every answer once."""
    monkeypatch.setattr(signal_sink, "TAKEN_SIGNALS", 20)
    monkeypatch.setattr(signal_sink, "LANDING_BYTES", 1)
    monkeypatch.setattr(background_loader, "START_BYTES", 1)
    world.write_list(domains(150))
    result = world.run(SIZE, CLOUD)
    assert outcomes(result) == {Outcome.ANSWERED: 300}
    assert len(list(world.data_dir.glob("landing/signals/*.zst"))) > 10
    assert world.published("SELECT count(*), count(DISTINCT signal_id) FROM signals") == [(300, 300)]
    assert world.published("SELECT count(DISTINCT name) = count(*) FROM internal.landed_files") == [(True,)]


def test_a_batch_of_signals_that_breaks_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a batch of signals has landed by the time reading fails stays settled; nothing half written stays behind."""
    monkeypatch.setattr(signal_sink, "TAKEN_SIGNALS", 20)
    monkeypatch.setattr(signal_sink, "LANDING_BYTES", 1)
    world.write_list(domains(150))
    world.run(SIZE, max_wait_minutes=0)
    world.clock.advance(3_600)
    pages: list[str] = []

    def revoke(request: httpx.Request) -> httpx.Response | None:
        pages.extend(offset for offset in request.url.params.get_list("offset") if offset != "0")
        if len(pages) > 3:
            return httpx.Response(401, json={"error": {"code": "UNAUTHORIZED", "message": "No such key"}})
        return None

    world.transport = lambda: InterceptingTransport(before=revoke)
    broken_off = world.run(SIZE)
    assert isinstance(broken_off.stopped_by, ApiKeyRefusedError)
    answered = outcomes(broken_off)[Outcome.ANSWERED]
    assert 0 < answered < 150
    assert world.published("SELECT count(*) FROM signals") == [(answered,)]
    assert not list(world.data_dir.glob("landing/signals/.*"))
