"""Single creates, sync creates and the 12-hour cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from saber_pipeline_tests.sandbox.conftest import SIGNALS

if TYPE_CHECKING:
    from saber_pipeline_tests.sandbox.conftest import StartSandbox


def test_signal_is_processing_until_its_time_has_come(start: StartSandbox) -> None:
    """A created signal is processing, and completed with an answer once the clock has passed its time."""
    api = start()
    made = api.create("Acme.com").json()
    assert (made["status"], made["domain"]) == ("processing", "acme.com")
    assert "completedAt" not in api.get(made["id"])
    api.running.advance(10)
    done = api.get(made["id"])
    assert done["status"] == "completed"
    assert done["answer"]["open_text"]["value"]
    assert done["completedAt"] > done["createdAt"]


def test_repeat_within_cache_buys_nothing(start: StartSandbox) -> None:
    """The same pair within 12 hours is the same signal and costs nothing, also while it is processing."""
    api = start(credits=10)
    first = api.create("acme.com").json()
    assert api.create("ACME.com", weight="important").json()["id"] == first["id"]
    api.running.advance(12 * 3600 - 1)
    assert api.create("acme.com").json()["id"] == first["id"]
    assert api.credits() == 9
    api.running.advance(1)
    assert api.create("acme.com").json()["id"] != first["id"]
    assert api.credits() == 8


@pytest.mark.parametrize(
    "difference",
    [
        {"answerType": "boolean"},
        {"verificationMode": "lenient"},
        {"question": "What else do they do?"},
        {"domain": "acme.org"},
        {"forceRefresh": True},
    ],
)
def test_what_the_cache_looks_at(start: StartSandbox, difference: dict[str, object]) -> None:
    """Another subject, question, answer type or verification mode, or force, makes a new signal."""
    api = start()
    body = {"domain": "acme.com", "question": "What do they do?"}
    first = api.http.post(SIGNALS, json=body).json()["id"]
    assert api.http.post(SIGNALS, json=body | difference).json()["id"] != first


def test_output_schema_is_part_of_the_pair_whatever_its_key_order(start: StartSandbox) -> None:
    """A json_schema question with another schema is another pair; the order of keys does not matter."""
    api = start()
    ids = [
        api.create(
            "acme.com",
            answerType="json_schema",
            outputSchema={"type": "object", "properties": {name: {"type": "string"} for name in names}},
        ).json()["id"]
        for names in ("ab", "ba", "abc")
    ]
    assert ids[0] == ids[1] != ids[2]


def test_cache_hits_cost_when_switched_on(start: StartSandbox) -> None:
    """With the switch on, a cache hit is charged and still makes no signal."""
    api = start(credits=10, cache_hits_charged=True)
    api.create("acme.com")
    api.create("acme.com")
    assert api.credits() == 8
    assert api.running.books()["signals"] == 1


def test_sync_create_waits_for_the_answer(start: StartSandbox) -> None:
    """A sync create replies 200 with the whole signal as soon as it is finished."""
    api = start()
    moved = api.advance_once_bought(10)
    reply = api.http.post(f"{SIGNALS}/sync", json={"domain": "acme.com", "question": "Who?"})
    moved.join()
    assert (reply.status_code, reply.json()["status"]) == (200, "completed")
    assert "answer" in reply.json()


@pytest.mark.parametrize(("headers", "status"), [({}, 202), ({"X-Sbr-Timeout-Error": "true"}, 408)])
def test_sync_create_gives_up_after_its_timeout(start: StartSandbox, headers: dict[str, str], status: int) -> None:
    """Out of time, a sync create replies 202 with the id, or 408 where that was asked for; it was bought."""
    api = start(credits=5)
    moved = api.advance_once_bought(5)
    reply = api.http.post(
        f"{SIGNALS}/sync",
        json={"domain": "acme.com", "question": "Who?"},
        headers={"X-Sbr-Timeout-Sec": "5", **headers},
    )
    moved.join()
    assert reply.status_code == status
    assert api.credits() == 4
    assert api.page()["results"][0]["status"] == "processing"


def test_failed_signal_has_error_and_no_completion_time(start: StartSandbox) -> None:
    """A failed signal names its error and code, has no completedAt, and is served from the cache too."""
    api = start(failed_share=1.0)
    made = api.create("acme.com").json()
    api.running.advance(10)
    failed = api.get(made["id"])
    assert failed["status"] == "failed"
    assert failed["errorCode"]
    assert failed["error"]
    assert "completedAt" not in failed
    assert "answer" not in failed
    assert api.create("acme.com").json()["id"] == made["id"]


def test_contact_signals_have_their_own_routes(start: StartSandbox) -> None:
    """A contact signal is listed and read under contacts, and not under companies."""
    api = start()
    url = "https://www.linkedin.com/in/jane-doe"
    made = api.http.post(
        "/v1/contacts/signals", json={"contactProfileUrl": url, "question": "Does she post often?"}
    ).json()
    assert (made["signalType"], made["contactProfileUrl"]) == ("CONTACT", url)
    listed = api.http.get("/v1/contacts/signals", params={"contactProfileUrl": url}).json()
    assert [signal["id"] for signal in listed["results"]] == [made["id"]]
    assert api.http.get(f"/v1/contacts/signals/{made['id']}").status_code == 200
    assert api.http.get(f"{SIGNALS}/{made['id']}").status_code == 404
    assert api.page()["total"] == 0
