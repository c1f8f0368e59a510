"""Listings: order, totals and filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saber_pipeline_tests.sandbox.conftest import SIGNALS

if TYPE_CHECKING:
    from saber_pipeline_tests.sandbox.conftest import Caller, StartSandbox


@pytest.fixture
def mixed(start: StartSandbox) -> Caller:
    """60 signals: 30 are old (some failed), 30 are processing."""
    api = start(failed_share=0.3, processing_seconds=(5.0, 50.0))
    api.batch([f"old{i}.com" for i in range(30)], **{"async": True})
    api.running.advance(100)
    api.batch([f"new{i}.com" for i in range(30)], **{"async": True})
    api.running.advance(2)
    return api


def test_newest_first_with_exact_total(mixed: Caller) -> None:
    """Pages together hold every signal once, newest created first, and say the exact total."""
    pages = [mixed.page(limit=25, offset=offset) for offset in (0, 25, 50, 75)]
    assert [page["count"] for page in pages] == [25, 25, 10, 0]
    assert {page["total"] for page in pages} == {60}
    seen = [signal for page in pages for signal in page["results"]]
    assert len({signal["id"] for signal in seen}) == 60
    assert seen == sorted(seen, key=lambda signal: signal["createdAt"], reverse=True)


def test_status_filters_split_everything(mixed: Caller) -> None:
    """The three statuses are disjoint, add up to everything, and can be combined."""
    totals = {status: mixed.page(status=status)["total"] for status in ("processing", "completed", "failed")}
    assert totals["processing"] == 30
    assert totals["failed"] > 0
    assert sum(totals.values()) == 60
    for status, total in totals.items():
        found = [signal for offset in (0, 25) for signal in mixed.page(status=status, offset=offset)["results"]]
        assert [signal["status"] for signal in found] == [status] * total
    assert mixed.page(status=["completed", "failed"])["total"] == 30
    assert mixed.page(status=["processing", "failed"])["total"] == 30 + totals["failed"]


def test_dates_bound_completion_and_hide_the_rest(mixed: Caller) -> None:
    """A date filter looks at completedAt: failed and processing signals are hidden, bounds are included."""
    completed = mixed.page(status="completed", limit=25)["results"]
    everything = mixed.page(fromDate="2000-01-01T00:00:00Z")
    assert everything["total"] == mixed.page(status="completed")["total"]
    assert mixed.page(fromDate="2000-01-01T00:00:00Z", status=["failed", "processing"])["total"] == 0
    times = sorted(signal["completedAt"] for signal in completed)
    low, high = times[2], times[-3]
    inside = mixed.page(status="completed", fromDate=low, toDate=high)
    assert {signal["completedAt"] for signal in inside["results"]} == {t for t in times if low <= t <= high}


def test_closed_window_stays_as_it_is(mixed: Caller) -> None:
    """A window that ends in the past has the same total later, after further completions."""
    window = {"status": "completed", "toDate": "2026-09-21T14:15:00Z"}
    before = mixed.page(**window)
    assert before["total"] > 0
    mixed.running.advance(100)
    assert mixed.page(**window) == before
    assert mixed.page(status="completed")["total"] > before["total"]


def test_domain_and_company_filters(mixed: Caller) -> None:
    """``domain`` in any case and the id of the company find the same signals."""
    found = (
        mixed.page(domain="OLD1.com", status="completed")["results"]
        or mixed.page(domain="old2.com", status="completed")["results"]
    )
    signal = found[0]
    assert "company" not in signal  # only webhooks have it
    list_id = mixed.running.new_company_list(name="It", domains=[signal["domain"]])
    (company,) = mixed.http.get(f"/v1/companies/lists/{list_id}/companies").json()["items"]
    same = mixed.page(companyId=company["id"])
    assert [other["id"] for other in same["results"]] == [signal["id"]]
    assert mixed.page(domain="nobody.com")["total"] == 0
    assert mixed.page(companyId="unknown")["total"] == 0


@pytest.mark.parametrize(
    "query",
    ["limit=26", "limit=0", "offset=-1", "limit=x", "status=done", "fromDate=yesterday", "toDate=2026-01-01",
     "domain=a_b", "subscriptionId=1", "question=x"],
)  # fmt: skip
def test_invalid_queries_are_refused(start: StartSandbox, query: str) -> None:
    """A query outside the interface is a 400 that names the parameter."""
    reply = start().http.get(f"{SIGNALS}?{query}")
    assert reply.status_code == 400
    assert reply.json()["error"]["fields"][0]["field"] == query.split("=", maxsplit=1)[0]


def test_subscription_logs_hold_its_signals_only(start: StartSandbox) -> None:
    """A subscription's log and the filter by subscription hold its signals; an unknown one is a 404."""
    api = start()
    api.create("a.com")
    made = api.http.post("/_sandbox/subscriptions", json={"question": "News?", "domains": ["a.com", "b.com"]}).json()
    logs = api.http.get(f"{SIGNALS}/subscriptions/{made['id']}/logs").json()
    assert {signal["id"] for signal in logs["results"]} == set(made["signals"])
    assert api.page(subscriptionId=made["id"])["total"] == 2
    api.http.post(f"/_sandbox/subscriptions/{made['id']}/run", json={"domains": ["a.com"]})
    assert api.page(subscriptionId=made["id"])["total"] == 3
    unknown = "00000000-0000-0000-0000-000000000000"
    assert api.http.get(f"{SIGNALS}/subscriptions/{unknown}/logs").status_code == 404
