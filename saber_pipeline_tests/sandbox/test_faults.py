"""Faults: each one as it is felt, and whether the effect took place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from saber_pipeline_tests.sandbox.conftest import Caller, StartSandbox

DOMAINS = [f"d{i}.com" for i in range(100)]


def _signals(api: Caller) -> int:
    return int(api.running.books()["signals"])


@pytest.mark.parametrize(("kind", "effect"), [("reset_before", 0), ("reset_after", 1), ("truncate", 1)])
def test_cut_connections(start: StartSandbox, kind: str, effect: int) -> None:
    """A cut connection raises in the client; before or after the effect as asked."""
    api = start()
    api.running.set_faults(rules=[{"kind": kind, "method": "POST", "path": "/v1/", "times": 1}])
    with pytest.raises(httpx.TransportError):
        api.create("a.com")
    assert _signals(api) == effect
    assert api.create("b.com").status_code == 201


@pytest.mark.parametrize(("kind", "effect"), [("error_before", 0), ("error_after", 1)])
@pytest.mark.parametrize("status", [500, 502, 503])
def test_server_errors(start: StartSandbox, kind: str, effect: int, status: int) -> None:
    """A 5xx before or after the effect; a 502 is HTML, as gateways send it."""
    api = start()
    api.running.set_faults(rules=[{"kind": kind, "status": status, "times": 1}])
    reply = api.create("a.com")
    assert reply.status_code == status
    assert ("html" in reply.headers["Content-Type"]) is (status == 502)
    assert _signals(api) == effect


def test_slow_drip_arrives_whole(start: StartSandbox) -> None:
    """A dripping reply comes in many small pieces and is complete."""
    api = start()
    api.running.set_faults(rules=[{"kind": "drip", "seconds": 0.1, "times": 1}])
    with api.http.stream("GET", "/v1/credits") as reply:
        pieces = list(reply.iter_raw())
    assert len(pieces) > 5
    assert b"".join(pieces) == b'{"remainingCredits":100000}'


@pytest.mark.parametrize("shape", ["flat", "envelope"])
def test_429_storm_has_no_effect(start: StartSandbox, shape: str) -> None:
    """A storm of 429s in either shape ends after its number and has bought nothing."""
    api = start()
    api.running.set_faults(rules=[{"kind": "too_many_requests", "shape": shape, "times": 3}])
    replies = [api.create("a.com") for _ in range(4)]
    assert [reply.status_code for reply in replies] == [429, 429, 429, 201]
    assert ("statusCode" in replies[0].json()) is (shape == "flat")
    assert _signals(api) == 1


def test_outage_ends_with_time(start: StartSandbox) -> None:
    """During an outage every route is down; afterwards all is well."""
    api = start()
    api.running.set_faults(outage_seconds=60)
    assert api.http.get("/v1/credits").status_code == 503
    api.running.advance(59)
    assert api.create("a.com").status_code == 503
    api.running.advance(1)
    assert api.create("a.com").status_code == 201


def test_rules_choose_requests_and_repeat_with_their_seed(start: StartSandbox) -> None:
    """Method, path, skip and probability choose what is hit, and one seed hits the same requests again."""
    api = start()
    rule: dict[str, Any] = {"kind": "error_before", "method": "GET", "path": "/v1/credits$", "probability": 0.5}
    seen = []
    for _ in range(2):
        api.running.set_faults(rules=[rule], seed=7)
        seen.append([api.http.get("/v1/credits").status_code for _ in range(20)])
    assert seen[0] == seen[1]
    assert {200, 500} == set(seen[0])
    assert api.running.faults()["rules"][0]["struck"] == seen[1].count(500)
    assert api.page()["total"] == 0
    api.running.set_faults(rules=[{"kind": "error_before", "skip": 2, "times": 1}])
    assert [api.http.get("/v1/credits").status_code for _ in range(4)] == [200, 200, 500, 200]


def test_lost_batch_members_are_never_made(start: StartSandbox) -> None:
    """A share of an async batch is accepted and never seen, and is not charged."""
    api = start(credits=100)
    api.running.set_faults(effects={"lost_member_share": 0.3})
    assert api.batch(DOMAINS, **{"async": True}).json()["totalSignals"] == 100
    api.running.advance(60)
    made = api.page()["total"]
    assert 50 < made < 90
    assert api.credits() == 100 - made


def test_stuck_and_failing_signals(start: StartSandbox) -> None:
    """A share of signals never ends; a share fails with the code that was asked for."""
    api = start()
    api.running.set_faults(effects={"stuck_share": 0.2, "failed_share": 0.5, "error_code": "SOMETHING_NEW"})
    api.batch(DOMAINS, **{"async": True})
    api.running.advance(100_000)
    assert 5 < api.page(status="processing")["total"] < 40
    failed = api.page(status="failed")
    assert 20 < failed["total"] < 60
    assert failed["results"][0]["errorCode"] == "SOMETHING_NEW"


def test_money_faults_can_be_switched_while_running(start: StartSandbox) -> None:
    """The way of running out, charged hits and the domain cap follow the faults, until these are cleared."""
    api = start(credits=5)
    api.running.set_faults(effects={"out_of_credits_way": "reject_items", "cache_hits_charged": True})
    assert api.batch(DOMAINS).json()["accepted"] == 5
    api.http.delete("/_sandbox/faults")
    assert api.batch(DOMAINS).status_code == 402
    api.running.set_credits(1000)
    api.running.set_faults(effects={"async_domain_cap": 99})
    assert api.batch(DOMAINS, **{"async": True}).status_code == 422


def test_unknown_faults_are_refused(start: StartSandbox) -> None:
    """A misspelt fault is a 400, so that no test passes because its fault never was."""
    api = start()
    for body in ({"rules": [{"kind": "reset"}]}, {"effects": {"lost": 1}}, {"rules": [{"kind": "drip", "path": "("}]}):
        assert api.http.post("/_sandbox/faults", json=body).status_code == 400
