"""Webhooks over real HTTP: taken once and only if signed; they wake a run, or are read without one."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from saber_pipeline.errors import SettingsError
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.runs.outcomes import Outcome
from saber_pipeline.runs.research.research_run import run_research
from saber_pipeline.runs.research.research_run_request import ResearchOutcome, ResearchRequest
from saber_pipeline.sandbox.sandbox_settings import EnvelopeStyle, SignatureStyle
from saber_pipeline.webhooks.receiver_app import MOST_BODY_BYTES
from saber_pipeline.webhooks.receiver_server import build_receiver
from saber_pipeline_tests.testbed.research_runs import people, write_people
from saber_pipeline_tests.testbed.world import InterceptingTransport, domains, outcomes
from saber_pipeline_tests.webhooks.conftest import SECRET, Wire, Wired, eventually

if TYPE_CHECKING:
    from saber_pipeline_tests.webhooks.conftest import Receiver

EMPTY = {"results": [], "total": 0, "limit": 25, "offset": 0, "count": 0}


def signed(receiver: Receiver, event: Any, secret: str = SECRET) -> httpx.Response:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return receiver.post(body, hmac.new(secret.encode(), body, hashlib.sha256).hexdigest())


def blind(request: httpx.Request) -> httpx.Response | None:
    """An API whose listings show nothing: only reading a signal by its id does."""
    is_listing = request.method == "GET" and request.url.path.endswith("/signals")
    return httpx.Response(200, json=EMPTY) if is_listing else None


def count_published(wired: Wired) -> int:
    if not wired.world.paths.answers_file.exists():
        return 0
    return int(wired.world.published("SELECT count(*) FROM latest_answers")[0][0])


def test_only_what_is_signed_is_taken(wire: Wire) -> None:
    """Unsigned, wrongly signed, oversized and other requests are refused and leave no trace; garbage is no event."""
    wired = wire()
    receiver = wired.receive()
    event = {"event": "signal.completed", "data": {"id": "1"}}
    body = json.dumps(event).encode()
    assert receiver.post(body).status_code == 401
    assert receiver.post(body, "sha256=" + "0" * 64).status_code == 401
    assert signed(receiver, event, "other").status_code == 401
    assert receiver.post(b"x" * (MOST_BODY_BYTES + 1)).status_code == 413
    with httpx.Client(trust_env=False) as http:
        assert http.get(receiver.address).status_code == 405
        chunks = (b"x" * 100_000 for _ in range(20))
        assert http.post(receiver.address, content=chunks).status_code == 413
    assert signed(receiver, b"\xff garbage").json() == {"webhook": "not understood"}
    assert wired.events() == []
    assert signed(receiver, event).json() == {"webhook": "taken"}
    assert signed(receiver, event).json() == {"webhook": "known"}
    assert wired.world.ledger_rows("SELECT object_id, deliveries FROM webhook_news") == [("1", 2)]
    assert eventually(lambda: wired.events() == [("no signal has this id", 1, 2)])


@pytest.mark.sweep(keep=1)
@pytest.mark.parametrize(
    ("style", "envelope"), [*zip(SignatureStyle, [*EnvelopeStyle, EnvelopeStyle.DATA], strict=True)]
)
def test_answers_come_by_webhook_alone(wire: Wire, style: SignatureStyle, envelope: EnvelopeStyle) -> None:
    """A run whose listings show nothing still ends with every answer: webhooks told of them, in any style."""
    wired = wire(webhook_signature=style, webhook_envelope=envelope)
    wired.receive()
    wired.world.write_list(domains(51))
    result = wired.run(transport=InterceptingTransport(before=blind))
    assert outcomes(result) == {Outcome.ANSWERED: 102}
    assert count_published(wired) == 102
    assert sum(wired.world.bought().values()) == 102


@pytest.mark.slow
def test_without_a_run_the_receiver_reads(wire: Wire) -> None:
    """What ends after its run has gone is read by the receiver, landed, settled and published; nothing is bought."""
    wired = wire(processing_seconds=(60.0, 62.0), failed_share=0.2)
    wired.world.write_list(domains(60))
    wired.receive()
    assert outcomes(wired.run(max_wait_minutes=0.0)) == {Outcome.NOT_FINISHED: 120}
    wired.world.sandbox.advance(70)
    assert eventually(lambda: wired.world.ledger_rows("SELECT count(*) FROM pairs WHERE state = 'sent'") == [(0,)])
    assert eventually(
        lambda: wired.world.published("SELECT count(*) FROM signals WHERE status <> 'processing'") == [(120,)]
    )
    assert wired.world.published("SELECT state FROM batches") == [("collected",)]
    assert sum(wired.world.bought().values()) == 120
    assert wired.world.posts() == 1


@pytest.mark.slow
def test_repeats_and_disorder(wire: Wire) -> None:
    """Each webhook sent four times, newest first: every answer is landed once, every repeat is counted and dropped."""
    wired = wire(processing_seconds=(60.0, 61.0))
    wired.world.effects(webhook_repeats=3, webhook_disorder=True)
    wired.receive()
    wired.world.write_list(domains(20))
    assert outcomes(wired.run(max_wait_minutes=0.0)) == {Outcome.NOT_FINISHED: 40}
    wired.world.sandbox.advance(70)
    assert eventually(lambda: wired.events() == [("landed", 40, 160)])
    assert eventually(lambda: count_published(wired) == 40)
    assert wired.world.published("SELECT count(*), count(DISTINCT signal_id) FROM signals") == [(40, 40)]
    landed = sum(1 for _ in wired.world.paths.landed_signals.iterdir())
    assert landed <= 40


@pytest.mark.slow
def test_a_receiver_that_was_down(wire: Wire) -> None:
    """Webhooks are repeated by the sender until the receiver is there, and lost for nobody."""
    wired = wire(processing_seconds=(60.0, 61.0))
    wired.world.write_list(domains(5))
    assert outcomes(wired.run(max_wait_minutes=0.0)) == {Outcome.NOT_FINISHED: 10}
    wired.world.sandbox.advance(70)
    assert eventually(lambda: wired.world.sandbox.books()["webhooks"].get("sent", 0) >= 10)
    wired.receive()
    assert eventually(lambda: count_published(wired) == 10)


def test_a_lost_receiver_changes_nothing(wire: Wire) -> None:
    """With an address set and nobody listening there, a run collects as it does without webhooks."""
    wired = wire()
    wired.world.write_list(domains(5))
    assert outcomes(wired.run()) == {Outcome.ANSWERED: 10}


def test_no_webhooks_on_cache_hits(wire: Wire) -> None:
    """What the API serves from its cache is told to nobody, and is found all the same."""
    wired = wire()
    wired.receive()
    wired.world.write_list(domains(5))
    with httpx.Client(base_url=wired.world.sandbox.base_url, trust_env=False) as http:
        items = [{"question": question.text} for question in wired.world.questions]
        body = {"signals": items, "domains": domains(5)}
        http.post("/v1/companies/signals/batch", json=body, headers={"Authorization": "Bearer sk_x"})
    assert outcomes(wired.run()) == {Outcome.ANSWERED: 10}
    assert wired.world.sandbox.books()["webhooks"] == {}
    assert wired.world.sandbox.books()["cache_hits"] == 10


def test_a_research_told_of_by_its_id(wire: Wire) -> None:
    """A research whose run has gone is read when a webhook names it."""
    wired = wire(processing_seconds=(60.0, 60.0))
    write_people(wired.world, people(1))
    result = run_research(
        ResearchRequest("run", max_wait_minutes=0.0),
        wired.settings,
        wired.world.questions,
        new_client=wired.new_client,
        report=wired.world.progress.append,
    )
    assert result.outcomes[ResearchOutcome.NOT_FINISHED] == 1
    wired.world.sandbox.advance(61)
    ((research_id,),) = wired.world.ledger_rows("SELECT research_id FROM researches")
    receiver = wired.receive()
    signed(receiver, {"event": "research.completed", "id": "evt_9", "data": {"id": research_id}})
    assert eventually(lambda: wired.events() == [("landed", 1, 1)])
    published = "SELECT status FROM contact_research"
    assert eventually(lambda: wired.world.published(published) == [("completed",)])


def test_a_busy_ledger_asks_to_come_again(wire: Wire) -> None:
    """While the ledger cannot be written the webhook is refused with 503, and taken when it comes again."""
    wired = wire()
    receiver = wired.receive()
    event = {"event": "signal.completed", "data": {"id": "7"}}
    other = Ledger.open(wired.world.paths.ledger_file)
    with other.transaction():
        assert signed(receiver, event).status_code == 503
    other.close()
    assert signed(receiver, event).json() == {"webhook": "taken"}


def test_it_does_not_start_without_secret_or_key(wire: Wire) -> None:
    """Without a secret it starts only when told that signatures are not checked, and never without a key."""
    wired = wire()
    without_secret = replace(wired.settings, webhook_secret=None)
    with pytest.raises(SettingsError, match="SABER_WEBHOOK_SECRET is not set"):
        build_receiver(without_secret, unsigned=False)
    with pytest.raises(SettingsError, match="SABER_API_KEY is not set"):
        build_receiver(replace(wired.settings, api_key=None), unsigned=False)
    _, ledger = build_receiver(without_secret, unsigned=True)
    ledger.close()
