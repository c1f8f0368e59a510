"""The change context of the sandbox: each kind of delta as the documents describe it."""

from __future__ import annotations

from typing import Any

import pytest

from saber_pipeline.sandbox.answers.answer import answer_for
from saber_pipeline.sandbox.changes import change_context
from saber_pipeline.sandbox.records import asked
from saber_pipeline.sandbox.sandbox_settings import SandboxSettings

ADA = {"linkedInProfileUrl": "https://l.com/in/ada", "headline": "CRO"}
BOB = {"linkedInProfileUrl": "https://l.com/in/bob", "headline": "CFO"}
POST = {"postUrl": "https://l.com/1", "postText": "Hello"}


def answer(answer_type: str, **payload: Any) -> dict[str, Any]:
    return {"type": answer_type, "payload": payload}


def same(kind: str, old: Any, new: Any, **more: Any) -> dict[str, Any]:
    return {"type": kind, "previous": old, "current": new, **more}


URL = (answer("url", value="https://a.b"), answer("url", value="https://a.b/c"))
TEXT = (answer("open_text", value="abcd"), answer("open_text", value="abcx"))
DELTAS: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], list[str]]] = [
    (answer("list", value=["a"]), answer("list", value=["b"]), {"type": "LIST", "added": ["b"], "removed": ["a"]}, []),
    (answer("number", value=2), answer("number", value=5), same("NUMBER", 2, 5, change=3), []),
    (
        answer("currency", value="2.50", currency="EUR"),
        answer("currency", value="3.75", currency="EUR"),
        same("CURRENCY", "2.50", "3.75", currency="EUR", change=1.25),
        [],
    ),
    (
        answer("currency", value=2, currency="EUR"),
        answer("currency", value=3, currency="USD"),
        same("CURRENCY", {"value": 2, "currency": "EUR"}, {"value": 3, "currency": "USD"}, change=1),
        [],
    ),
    (
        answer("percentage", value=10.1, unit="%"),
        answer("percentage", value=9.8, unit="%"),
        same("PERCENTAGE", 10.1, 9.8, unit="%", change=-0.3),
        [],
    ),
    (answer("boolean", value=True), answer("boolean", value=False), same("BOOLEAN", True, False), []),
    (*URL, same("GENERIC", *URL), []),
    (*TEXT, same("SEMANTIC", *TEXT, similarityScore=0.75), []),
    (
        answer("list", value=["a", "b"]),
        answer("list", value=["b", "c"]),
        {
            "type": "SEMANTIC_LIST",
            "added": ["c"],
            "removed": ["a"],
            "matched": [{"previous": "b", "current": "b", "similarityScore": 1.0}],
            "similarityScore": 0.33,
        },
        [],
    ),
    (
        answer("contacts", value=[ADA]),
        answer("contacts", value=[ADA | {"headline": "CEO"}, BOB]),
        {
            "type": "CONTACTS",
            "added": [BOB],
            "removed": [],
            "updated": [
                {
                    "previous": ADA,
                    "current": ADA | {"headline": "CEO"},
                    "fieldChanges": [{"field": "headline", "previous": "CRO", "current": "CEO"}],
                }
            ],
        },
        ["contacts", "headline"],
    ),
    (
        answer("contact_posts", value=[POST]),
        answer("contact_posts", value=[]),
        {"type": "CONTACT_POSTS", "added": [], "removed": [POST], "updated": []},
        ["posts"],
    ),
]


@pytest.mark.parametrize(("before", "after", "delta", "changed"), DELTAS)
def test_each_kind_of_delta(
    before: dict[str, Any], after: dict[str, Any], delta: dict[str, Any], changed: list[str]
) -> None:
    """Ten kinds, each with the fields of the documents; changedFields is empty for scalars, and the union else."""
    context = change_context("id", before, after)
    assert context["changeDelta"] == delta
    assert context["changedFields"] == changed
    assert set(changed) == {*context["addedFields"], *context["updatedFields"], *context["removedFields"]}
    assert context["previousSignalId"] == "id"


def test_the_ten_kinds_are_all_there() -> None:
    """No kind of the documents is missing from the cases above."""
    assert {delta["type"] for *_, delta, _ in DELTAS} == {
        "LIST", "NUMBER", "CURRENCY", "PERCENTAGE", "BOOLEAN", "GENERIC", "SEMANTIC", "SEMANTIC_LIST", "CONTACTS",
        "CONTACT_POSTS",
    }  # fmt: skip


@pytest.mark.parametrize("answer_type", ["number", "boolean", "open_text", "url", "list", "contacts", "json_schema"])
def test_what_becomes_known_or_is_not_known_any_more(answer_type: str) -> None:
    """Beside a null the delta is GENERIC, with both answers."""
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    question = asked(
        is_contact=False,
        question="Q?",
        answer_type=answer_type,
        verification_mode="strict",
        output_schema=schema if answer_type == "json_schema" else None,
    )
    known = answer_for("a.com", question, 0, SandboxSettings())
    named = {"contacts": ["contacts"], "json_schema": ["a"]}.get(answer_type, [])
    came, went = change_context("id", None, known), change_context("id", known, None)
    assert (came["changeDelta"], came["addedFields"]) == (same("GENERIC", None, known), named)
    assert (went["changeDelta"], went["removedFields"]) == (same("GENERIC", known, None), named)
    assert change_context("id", known, known) | {"changeDelta": None} == change_context("id", None, None)
