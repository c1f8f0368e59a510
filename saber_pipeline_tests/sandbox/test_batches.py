"""Batches in both modes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saber_pipeline_tests.sandbox.conftest import StartSandbox


def test_sync_batch_gives_ids_for_the_whole_product(start: StartSandbox) -> None:
    """A sync-mode batch names a signal for every question and domain."""
    api = start()
    reply = api.batch(["a.com", "b.com"], {"question": "One?"}, {"question": "Two?", "answerType": "number"})
    body = reply.json()
    assert (reply.status_code, body["totalSignals"], body["accepted"], body["rejected"]) == (202, 4, 4, 0)
    pairs = {(item["domain"], item["question"], item["answerType"]) for item in body["results"]}
    assert len(pairs) == len({item["id"] for item in body["results"]}) == 4


def test_async_batch_creates_over_time(start: StartSandbox) -> None:
    """An async batch gives no ids, and its signals come into being bit by bit after the reply."""
    api = start(creation_spread_seconds=100, credits=1000)
    body = api.batch([f"d{i}.com" for i in range(500)], **{"async": True}).json()
    assert body["totalSignals"] == 500
    assert "results" not in body
    assert api.credits() == 500
    assert api.page(limit=1)["total"] < 10
    api.running.advance(50)
    assert 200 < api.page(limit=1)["total"] < 300
    api.running.advance(50)
    assert api.page(limit=1)["total"] == 500


def test_single_create_of_a_member_still_to_come_surfaces_it(start: StartSandbox) -> None:
    """Asking singly for a pair that a running batch will still create returns that one signal, now."""
    api = start(creation_spread_seconds=1000)
    api.batch(["a.com", "b.com", "c.com"], **{"async": True})
    made = api.create("c.com").json()
    assert api.get(made["id"])["status"] == "processing"
    api.running.advance(2000)
    assert api.page(domain="c.com")["total"] == 1
    assert api.running.books()["signals"] == 3


def test_sizes_of_both_modes(start: StartSandbox) -> None:
    """Sync mode takes 100 signals and 100 domains, async mode 20,000 signals; more is a 422 with the field."""
    api = start(credits=100_000)
    many = [f"d{i}.com" for i in range(10_001)]
    two = [{"question": "One?"}, {"question": "Two?"}]
    assert api.batch(many[:51], *two).json()["error"]["fields"][0]["field"] == "signals"
    assert api.batch(many[:101]).json()["error"]["fields"][0]["field"] == "domains"
    assert api.batch(many, *two, **{"async": True}).status_code == 422
    assert api.batch(many[:10_000], *two, **{"async": True}).status_code == 202


def test_domain_cap_of_async_batches_is_a_switch(start: StartSandbox) -> None:
    """With the switch on, an async batch of more domains is a 422 that names ``domains`` and costs nothing."""
    api = start(async_domain_cap=100)
    domains = [f"d{i}.com" for i in range(101)]
    reply = api.batch(domains, **{"async": True})
    assert (reply.status_code, reply.json()["error"]["fields"][0]["field"]) == (422, "domains")
    assert api.running.books()["signals"] == 0
    assert api.batch(domains[:100], **{"async": True}).status_code == 202


def test_batch_loses_verification_mode_silently(start: StartSandbox) -> None:
    """A batch item has no verificationMode: it is taken as strict, without a word."""
    api = start()
    made = api.batch(["a.com"], {"question": "One?", "verificationMode": "lenient"}).json()["results"][0]
    assert api.get(made["id"])["verificationMode"] == "strict"


def test_batch_item_from_template_needs_the_question_unless_switched_on(start: StartSandbox) -> None:
    """A template without a question in a batch is refused, or resolved where the switch is on."""
    for switch, status in ((False, 422), (True, 202)):
        api = start(template_only_batch_items=switch)
        template = api.http.post(
            "/v1/companies/signals/templates",
            json={"name": "T", "question": "How many?", "answerType": "number"},
        ).json()
        reply = api.batch(["a.com"], {"templateId": template["id"]})
        assert reply.status_code == status
        if status == 202:
            assert reply.json()["results"][0]["answerType"] == "number"


def test_batch_status_counts_by_domain(start: StartSandbox) -> None:
    """The status route counts a domain's signals and names its batches."""
    api = start()
    batch = api.batch(["a.com"], {"question": "One?"}, {"question": "Two?"}, **{"async": True}).json()
    api.running.advance(60)
    body = api.http.get("/v1/companies/signals/batches/status", params={"domain": "a.com"}).json()
    assert (body["total"], body["completed"]) == (2, 2)
    assert [known["batchId"] for known in body["batches"]] == [batch["batchId"]]
