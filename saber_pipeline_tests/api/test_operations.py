"""Every operation sends what the interface description says, and reads what it returns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from saber_pipeline.api.client import SaberClient
from saber_pipeline.api.contacts import ContactResearchRequest, ContactSearchRequest
from saber_pipeline.api.masking import KeyMask
from saber_pipeline.api.signal_requests import SignalRequest
from saber_pipeline.api.templates import TemplateRequest
from saber_pipeline.config.secrets import ApiKey
from saber_pipeline.errors import ApiConflictError, ApiKeyRefusedError, ApiServerError, SettingsError
from saber_pipeline_tests.api.exchanges import KEY, SIGNAL, exchange
from saber_pipeline_tests.api.scripted_server import ScriptedReply, reply_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PAGE = {"results": [SIGNAL], "total": 1, "limit": 25, "offset": 0, "count": 1}
ITEMS = {"items": [{"id": "x", "domain": "a.com"}], "total": 1, "limit": 25, "offset": 0, "hasMore": False}
RESEARCH = {"id": "r", "status": "completed"}
COMPANY = SignalRequest(question="Q?", domain="a.com", verification_mode="lenient", signal_template_id="t")
CONTACT = SignalRequest(question="Q?", contact_profile_url="https://x.example/in/a", force_refresh=True)
PERSON = ContactResearchRequest(first_name="A", last_name="B", company_name="C", company_domain="c.com")
SIGNALS = "/v1/companies/signals"

OPERATIONS: list[tuple[str, str, Any, Callable[[SaberClient], Awaitable[Any]]]] = [
    ("GET", f"{SIGNALS}?limit=25&offset=0", PAGE, lambda c: c.list_signals()),
    (
        "GET",
        f"{SIGNALS}/subscriptions/s/logs?limit=5&offset=0",
        PAGE,
        lambda c: c.list_subscription_logs("s", limit=5),
    ),
    ("GET", f"{SIGNALS}/a%2Fb", SIGNAL, lambda c: c.get_signal("a/b")),
    ("POST", SIGNALS, SIGNAL, lambda c: c.create_signal(COMPANY)),
    ("POST", f"{SIGNALS}/sync", SIGNAL, lambda c: c.create_company_signal_sync(COMPANY, timeout_seconds=9)),
    ("GET", f"{SIGNALS}/batches/status?domain=a.com", {"a": 1}, lambda c: c.get_signal_batch_status("a.com")),
    (
        "GET",
        "/v1/contacts/signals?contactProfileUrl=https%3A%2F%2Fx.example%2Fin%2Fa&limit=25&offset=0",
        PAGE,
        lambda c: c.list_contact_signals(contact_profile_url="https://x.example/in/a"),
    ),
    ("GET", "/v1/contacts/signals/i", SIGNAL, lambda c: c.get_contact_signal("i")),
    ("POST", "/v1/contacts/signals", SIGNAL, lambda c: c.create_contact_signal(CONTACT)),
    (
        "POST",
        "/v1/contacts/signals/sync",
        SIGNAL,
        lambda c: c.create_contact_signal_sync(CONTACT, timeout_seconds=9),
    ),
    ("POST", "/v1/contacts/research", RESEARCH, lambda c: c.create_contact_research(PERSON)),
    ("GET", "/v1/contacts/research/r", RESEARCH, lambda c: c.get_contact_research("r")),
    (
        "GET",
        "/v1/contacts/research?externalId=1&externalSource=crm",
        RESEARCH,
        lambda c: c.get_contact_research_by_external_id(external_id="1", external_source="crm"),
    ),
    ("POST", "/v1/contacts/search", ITEMS, lambda c: c.search_contacts(ContactSearchRequest(first_name="A"))),
    ("GET", "/v1/credits", {"remainingCredits": 3}, lambda c: c.get_credits()),
    ("GET", f"{SIGNALS}/templates?limit=25&offset=0", ITEMS, lambda c: c.list_templates()),
    ("POST", f"{SIGNALS}/templates", {"id": "t"}, lambda c: c.create_template(TemplateRequest(name="n"))),
    ("GET", f"{SIGNALS}/templates/t", {"id": "t"}, lambda c: c.get_template("t")),
    (
        "PATCH",
        f"{SIGNALS}/templates/t",
        {"id": "t"},
        lambda c: c.patch_template("t", TemplateRequest(name="m")),
    ),
    (
        "GET",
        f"{SIGNALS}/summaries?domain=a.com&limit=25&offset=0",
        PAGE,
        lambda c: c.list_summaries(domain="a.com"),
    ),
    (
        "POST",
        f"{SIGNALS}/summaries",
        {"summary": [{"description": "d"}]},
        lambda c: c.create_summary("a.com"),
    ),
    ("GET", "/v1/companies/lists/l/companies?limit=100&offset=0", ITEMS, lambda c: c.list_companies("l")),
]


@pytest.mark.parametrize(
    ("method", "target", "reply", "act"),
    OPERATIONS,
    ids=[f"{method} {target}" for method, target, _, _ in OPERATIONS],
)
def test_operation(method: str, target: str, reply: Any, act: Callable[[SaberClient], Awaitable[Any]]) -> None:
    """The operation's method and path are the interface's, below the base URL's prefix, with the key."""
    exchanged = exchange(act, reply_json(reply), prefix="/prefix/")
    assert exchanged.error is None
    assert exchanged.result is not None
    request = exchanged.received[0]
    assert (request.method, request.target) == (method, "/prefix" + target)
    assert request.headers["authorization"] == f"Bearer {KEY}"


def test_listing_filters() -> None:
    """Status is repeated, times are sent in UTC whatever zone they are in, what is unset is left out."""
    since = datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    until = datetime(2026, 3, 1, 12, 0, 0, 5000, tzinfo=UTC)
    exchanged = exchange(
        lambda c: c.list_signals(statuses=("completed", "failed"), from_date=since, to_date=until, limit=1),
        reply_json(PAGE),
    )
    assert exchanged.received[0].target == (
        f"{SIGNALS}?status=completed&status=failed&fromDate=2026-03-01T12%3A00%3A00Z"
        "&toDate=2026-03-01T12%3A00%3A00.005000Z&limit=1&offset=0"
    )


def test_single_create_bodies() -> None:
    """Single creates send their own settings, and nothing that is not set."""
    exchanged = exchange(lambda c: c.create_signal(COMPANY), reply_json(SIGNAL, 201))
    assert exchanged.received[0].json == {
        "domain": "a.com",
        "question": "Q?",
        "signalTemplateId": "t",
        "verificationMode": "lenient",
    }
    assert CONTACT.body()["forceRefresh"] is True


def test_still_processing_is_a_signal() -> None:
    """A sync create that was not finished in time gives the signal to be read later."""
    exchanged = exchange(lambda c: c.create_company_signal_sync(COMPANY, timeout_seconds=1), reply_json(SIGNAL, 202))
    assert (exchanged.result.id, exchanged.result.is_done) == (SIGNAL["id"], False)


def test_nothing_to_sum_up() -> None:
    """A summary of nothing is None, one under way is a conflict."""
    assert exchange(lambda c: c.create_summary("a.com"), ScriptedReply(status=204)).result is None
    assert isinstance(exchange(lambda c: c.create_summary("a.com"), ScriptedReply(status=409)).error, ApiConflictError)


def test_deleted_template() -> None:
    """Deleting needs no body in the reply."""
    exchanged = exchange(lambda c: c.delete_template("t"), ScriptedReply(status=204))
    assert (exchanged.error, exchanged.received[0].method) == (None, "DELETE")


@pytest.mark.parametrize(
    "reply", [ScriptedReply(status=404), ScriptedReply(status=400), ScriptedReply(body=b"<html>"), reply_json([1])]
)
def test_batch_status_is_only_a_hint(reply: ScriptedReply) -> None:
    """A batch status that is not understood is None, never an error."""
    exchanged = exchange(lambda c: c.get_signal_batch_status("a.com"), reply)
    assert (exchanged.error, exchanged.result) == (None, None)


@pytest.mark.parametrize(("status", "kind"), [(401, ApiKeyRefusedError), (500, ApiServerError)])
def test_batch_status_does_not_hide_what_concerns_everything(status: int, kind: type[Exception]) -> None:
    """A refused key or a failing API is told also where only a hint was asked for."""
    exchanged = exchange(lambda c: c.get_signal_batch_status("a.com"), ScriptedReply(status=status))
    assert isinstance(exchanged.error, kind)


@pytest.mark.parametrize("key", ["", "  ", "sk live", "sk_\nlive", "schlüssel"])
def test_a_key_that_cannot_be_sent_is_refused(key: str) -> None:
    """A key that no header can carry is refused at once, without showing it."""
    with pytest.raises(SettingsError) as raised:
        SaberClient(key, "http://127.0.0.1")
    assert not key.strip() or key not in str(raised.value)


@pytest.mark.parametrize("url", ["", "api.saber.app", "ftp://x", "http://", "http://u:p@x", "http://x?y=1"])
def test_an_address_that_cannot_be_used_is_refused(url: str) -> None:
    """A base URL that is no plain HTTP address is refused at once."""
    with pytest.raises(SettingsError, match="SABER_BASE_URL"):
        SaberClient(KEY, url)


def test_an_id_cannot_change_the_path() -> None:
    """An empty id or a dot is refused instead of asking for something else."""
    assert isinstance(exchange(lambda c: c.get_signal(""), reply_json(PAGE)).error, ValueError)
    assert isinstance(exchange(lambda c: c.delete_template(".."), reply_json({})).error, ValueError)


def test_masked_keys() -> None:
    """Eight and four characters tell two keys apart, unless that is more than half; a setting is shown likewise."""
    for key, shown in ((KEY, "sk_live_…WXYZ"), (KEY[:24], f"sk_live_…{KEY[20:24]}"), (KEY[:23], "…")):
        assert KeyMask(key).shown == ApiKey(key).masked == shown
