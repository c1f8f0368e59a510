"""Firmographics come in webhooks alone, and fill ``companies``, ``accounts`` and ``signals.company``."""

from __future__ import annotations

import json
from typing import Any

import pytest

from saber_pipeline.runs.publication import rebuild_answers
from saber_pipeline.sandbox.sandbox_settings import EnvelopeStyle
from saber_pipeline.webhooks.events import read_event
from saber_pipeline_tests.testbed.world import domains
from saber_pipeline_tests.webhooks.conftest import Wire, Wired, eventually
from saber_pipeline_tests.webhooks.test_receiving import signed

ACME = {"id": "c1", "name": "Acme", "domain": "acme.com", "employeeCount": 12}
SIGNAL = {"id": "s1", "status": "completed", "domain": "acme.com", "completedAt": "2026-01-31T12:00:00Z"}


def companies(wired: Wired) -> int:
    if not wired.world.paths.answers_file.exists():
        return 0
    return int(wired.world.published("SELECT count(*) FROM companies")[0][0])


@pytest.mark.parametrize("envelope", EnvelopeStyle)
@pytest.mark.slow
def test_webhooks_fill_companies(wire: Wire, envelope: EnvelopeStyle) -> None:
    """With webhooks each company of the run has its row, its columns in accounts and its object beside the signal."""
    wired = wire(webhook_envelope=envelope)
    receiver = wired.receive()
    wired.world.write_list(domains(12))
    wired.run()
    assert eventually(lambda: companies(wired) == 12)
    typed = "typeof(founded), typeof(employee_count), typeof(linkedin_id), linkedin_url, name"
    assert wired.world.published(f"SELECT {typed} FROM companies WHERE domain = 'company00000.com'") == [  # noqa: S608
        ("INTEGER", "BIGINT", "BIGINT", "https://www.linkedin.com/company/company00000", "Company00000")
    ]
    every = wired.world.published("SELECT * FROM companies WHERE domain = 'company00000.com'")[0]
    assert None not in every
    assert len(every) == 19  # 18 fields of the documents, and observed_at
    assert eventually(lambda: wired.world.published("SELECT count(*) FROM signals WHERE company IS NULL") == [(0,)])
    assert wired.world.published(
        "SELECT count(*) FROM accounts WHERE _company_employee_count = "
        "(SELECT employee_count FROM companies AS c WHERE c.domain = accounts.domain)"
    ) == [(12,)]
    assert receiver.ledger is not None
    before = wired.world.published("FROM companies ORDER BY domain")
    objects = wired.world.published("SELECT signal_id, company FROM signals ORDER BY 1")
    rebuild_answers(wired.settings, wired.world.questions)
    assert wired.world.published("FROM companies ORDER BY domain") == before
    assert wired.world.published("SELECT signal_id, company FROM signals ORDER BY 1") == objects


def test_without_webhooks_companies_is_empty(wire: Wire) -> None:
    """The API tells of no company in its replies, so without webhooks there is no row, and accounts has NULLs."""
    wired = wire()
    wired.world.write_list(domains(3))
    wired.run()
    assert companies(wired) == 0
    assert wired.world.published("SELECT count(*), count(_company_name) FROM accounts") == [(3, 0)]
    assert wired.world.published("SELECT count(company) FROM signals") == [(0,)]


def test_the_newest_counts_in_whatever_order_they_come(wire: Wire) -> None:
    """A delivery that was repeated for days does not replace what a later signal told; a tampered one is refused."""
    wired = wire()
    receiver = wired.receive()
    newer = {**SIGNAL, "id": "s2", "completedAt": "2026-03-01T00:00:00Z", "company": {**ACME, "employeeCount": 20}}
    older = {**SIGNAL, "company": {**ACME, "name": "Acme Old", "city": "Berlin"}}
    for told in (newer, older):
        assert signed(receiver, {"event": "signal.completed", "data": told}).status_code == 202
    assert signed(receiver, {"event": "signal.completed", "data": newer}, "other").status_code == 401
    assert eventually(lambda: companies(wired) == 1)
    row = "SELECT domain, observed_at::VARCHAR, name, employee_count FROM companies"
    assert eventually(lambda: wired.world.published(row) == [("acme.com", "2026-03-01 00:00:00", "Acme", 20)])


@pytest.mark.parametrize(
    "envelope",
    [
        {"event": "signal.completed", "data": {**SIGNAL, "company": ACME}},
        {"type": "signal.completed", "signal": SIGNAL, "company": ACME},
        {"type": "signal.completed", **SIGNAL, "company": ACME},
        {"events": [{"payload": {"object": {**SIGNAL, "domain": "https://www.ACME.com/", "company": ACME}}}]},
        {"data": {"id": "s1", "completedAt": "2026-01-31T12:00:00Z", "company": ACME}},
    ],
)
def test_the_company_is_found_in_any_envelope(envelope: Any) -> None:
    """Wherever the company stands, it is told of the signal's domain and time, and its id is none of a signal's."""
    event = read_event(json.dumps(envelope).encode(), received_at=2e9)
    assert event is not None
    assert event.company is not None
    told = (event.company.domain, json.loads(event.company.company), event.company.observed_at)
    assert told == ("acme.com", ACME, 1769860800.0)
    assert event.object_ids[0] == "s1"
    assert "c1" not in event.object_ids


@pytest.mark.parametrize(
    "signal",
    [
        {"contactProfileUrl": "https://www.linkedin.com/in/a", "company": ACME},
        {"signalType": "CONTACT", "domain": "acme.com", "company": ACME},
        {"domain": "acme.com", "company": {}},
        {"domain": "acme.com", "company": "Acme"},
        {"domain": "acme.com", "answer": {"json_schema": {"company": ACME}}},
        {"domain": "not a domain", "company": {"name": "Acme"}},
    ],
)
def test_what_is_no_company_of_a_company_signal(signal: dict[str, Any]) -> None:
    """A contact's signal, an answer that names a company, or a company without a domain tells of none."""
    event = read_event(json.dumps({"data": {"id": "s1", **signal}}).encode())
    assert event is not None
    assert event.company is None


def test_a_time_in_the_future_counts_as_now() -> None:
    """A wrong clock cannot make one delivery the newest for ever."""
    body = {"data": {**SIGNAL, "completedAt": "2150-01-01T00:00:00Z", "company": ACME}}
    event = read_event(json.dumps(body).encode(), received_at=1000.0)
    assert event is not None
    assert event.company is not None
    assert event.company.observed_at == 1000.0
