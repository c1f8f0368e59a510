"""Money: what is charged, and the three ways of running out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saber_pipeline.sandbox.sandbox_settings import OutOfCreditsWay

if TYPE_CHECKING:
    from saber_pipeline_tests.sandbox.conftest import StartSandbox

DOMAINS = [f"d{i}.com" for i in range(10)]


def test_each_fresh_signal_costs_its_price(start: StartSandbox) -> None:
    """Fresh signals cost the price that was set, hits nothing."""
    api = start(credits=100, credits_per_signal=2)
    api.batch(DOMAINS)
    api.batch(DOMAINS)
    assert api.credits() == 80


def test_payment_required_refuses_the_whole_request(start: StartSandbox) -> None:
    """First way: a request that the balance does not cover is a 402 and makes nothing."""
    api = start(credits=9)
    for mode in (False, True):
        reply = api.batch(DOMAINS, **{"async": mode})
        assert (reply.status_code, reply.json()["error"]["type"]) == (402, "PAYMENT_REQUIRED")
    assert api.running.books()["signals"] == 0
    assert api.credits() == 9


def test_items_are_rejected_one_by_one(start: StartSandbox) -> None:
    """Second way: what is covered is made; the rest is listed with an error and without an id."""
    api = start(credits=4, out_of_credits_way=OutOfCreditsWay.REJECT_ITEMS)
    body = api.batch(DOMAINS).json()
    assert (body["accepted"], body["rejected"]) == (4, 6)
    rejected = [item for item in body["results"] if "id" not in item]
    assert len(rejected) == 6
    assert all(item["error"] and item["domain"] in DOMAINS for item in rejected)
    nothing_left = api.batch(["e.com"])
    assert nothing_left.status_code == 422
    assert nothing_left.json()["rejected"] == 1
    assert api.create("f.com").status_code == 402


def test_uncovered_signals_fail_later(start: StartSandbox) -> None:
    """Third way: everything is made, what is not covered fails, and can be bought after a top-up."""
    api = start(credits=4, out_of_credits_way=OutOfCreditsWay.FAIL_LATER)
    assert api.batch(DOMAINS, **{"async": True}).status_code == 202
    api.running.advance(60)
    assert (api.page(status="completed")["total"], api.page(status="failed")["total"]) == (4, 6)
    failed = api.page(status="failed")["results"][0]
    assert "credits" in failed["error"]
    api.running.set_credits(10)
    again = api.create(failed["domain"]).json()
    assert again["id"] != failed["id"]
    assert api.credits() == 9


def test_top_up(start: StartSandbox) -> None:
    """Credits can be set and added."""
    api = start(credits=1)
    api.running.set_credits(5)
    api.http.post("/_sandbox/credits", json={"add": 3})
    assert api.credits() == 8
