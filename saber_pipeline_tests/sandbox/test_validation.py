"""Requests that the API refuses, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from saber_pipeline_tests.sandbox.conftest import SIGNALS

if TYPE_CHECKING:
    from saber_pipeline_tests.sandbox.conftest import StartSandbox

NESTED = {"type": "object", "properties": {"a": {"type": "object", "properties": {"b": {"type": "string"}}}}}


@pytest.mark.parametrize("key", [None, "", "Bearer nonsense", "Basic sk_live_1", "sk_live_1"])
def test_missing_or_wrong_key_is_401(start: StartSandbox, key: str | None) -> None:
    """Without a good bearer key every route is a 401 in the envelope, and nothing is bought."""
    api = start()
    headers = {} if key is None else {"Authorization": key}
    reply = httpx.post(f"{api.running.base_url}{SIGNALS}", json={"domain": "a.com", "question": "?"}, headers=headers)
    assert (reply.status_code, reply.json()["error"]["type"]) == (401, "UNAUTHORIZED")
    assert api.running.books()["signals"] == 0


def test_required_key_is_the_only_good_one(start: StartSandbox) -> None:
    """A sandbox told one key refuses every other."""
    api = start(required_key="sk_live_right")
    assert api.credits() > 0
    assert api.http.get("/v1/credits", headers={"Authorization": "Bearer sk_live_wrong"}).status_code == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"domain": "a b.com"}, "domain"),
        ({"domain": "https://a.com"}, "domain"),
        ({"domain": None}, "domain"),
        ({"question": ""}, "question"),
        ({"question": "x" * 501}, "question"),
        ({"answerType": "prose"}, "answerType"),
        ({"answerType": "json_schema"}, "outputSchema"),
        ({"answerType": "json_schema", "outputSchema": {"type": "array"}}, "outputSchema"),
        ({"answerType": "json_schema", "outputSchema": {"type": "object", "anyOf": []}}, "outputSchema"),
        ({"verificationMode": "loose"}, "verificationMode"),
        ({"weight": "heavy"}, "weight"),
        ({"forceRefresh": "yes"}, "forceRefresh"),
        ({"webhookUrl": "not a url"}, "webhookUrl"),
        ({"signalTemplateId": "00000000-0000-0000-0000-000000000000"}, "signalTemplateId"),
        ({"connectors": {"salesNavigator": {"enabled": "maybe"}}}, "connectors.salesNavigator.enabled"),
        ({"qualificationCriteria": {"Salesforce": "good"}}, "qualificationCriteria"),
        ({"answerType": "boolean", "qualificationCriteria": {"yes": "fair"}}, "qualificationCriteria.yes"),
        ({"answerType": "boolean", "qualificationCriteria": {"true": "good"}}, "qualificationCriteria.true"),
        ({"answerType": "number", "qualificationCriteria": {">= 5": "good"}}, "qualificationCriteria"),
        (
            {"answerType": "currency", "qualificationCriteria": {"ranges": [{"rangeStart": 1, "answerValue": "good"}]}},
            "qualificationCriteria.ranges[0]",
        ),
        (
            {"answerType": "list", "qualificationCriteria": {"choices": {"sf": {"answerValue": "good"}}}},
            "qualificationCriteria.choices.sf",
        ),
        ({"templateId": "00000000-0000-0000-0000-000000000000"}, "templateId"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_invalid_create_is_422_with_its_field(start: StartSandbox, change: dict[str, Any], field: str) -> None:
    """Each field outside the schema is a 422 that names it, and buys nothing."""
    api = start()
    reply = api.http.post(SIGNALS, json={"domain": "a.com", "question": "Who?"} | change)
    assert reply.status_code == 422
    assert [problem["field"] for problem in reply.json()["error"]["fields"]] == [field]
    assert api.running.books()["signals"] == 0


def test_output_schema_limits(start: StartSandbox) -> None:
    """An output schema may have five levels and 100 properties, not more."""
    api = start()
    deep: dict[str, Any] = {"type": "string"}
    for level in range(5):
        if level == 4:
            assert _status(api.create("a.com", answerType="json_schema", outputSchema=deep)) == 201
        deep = {"type": "object", "properties": {"inner": deep}}
    assert _status(api.create("a.com", answerType="json_schema", outputSchema=deep)) == 422
    for count, status in ((100, 201), (101, 422)):
        wide = {"type": "object", "properties": {f"p{i}": {"type": "string"} for i in range(count)}}
        assert _status(api.create("b.com", answerType="json_schema", outputSchema=wide)) == status


def _status(reply: httpx.Response) -> int:
    return reply.status_code


def test_malformed_bodies_and_unknown_places(start: StartSandbox) -> None:
    """Text that is no JSON is a 400, an unknown path or id a 404, a wrong method a 405: all in the envelope."""
    api = start()
    some_id = "00000000-0000-0000-0000-000000000000"
    replies = {
        400: api.http.post(SIGNALS, content=b"{not json"),
        404: api.http.get(f"{SIGNALS}/{some_id}"),
        405: api.http.put("/v1/credits", json={}),
    }
    replies_404 = [api.http.get("/v1/nothing"), api.http.get(f"/v1/contacts/signals/{some_id}")]
    for status, reply in [*replies.items(), *((404, reply) for reply in replies_404)]:
        assert reply.status_code == status
        assert {"type", "code", "requestId"} <= reply.json()["error"].keys()


def test_sync_timeout_header_is_checked(start: StartSandbox) -> None:
    """A wait outside 1..900 seconds is a 400."""
    api = start()
    for value in ("0", "901", "soon"):
        reply = api.http.post(
            f"{SIGNALS}/sync",
            json={"domain": "a.com", "question": "Who?"},
            headers={"X-Sbr-Timeout-Sec": value},
        )
        assert reply.status_code == 400
