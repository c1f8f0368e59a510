"""Answers: typed, repeatable, agreeing with each other, and changing when they should."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from saber_pipeline.sandbox.answers.answer import answer_for
from saber_pipeline.sandbox.changes import change_context, payload_of
from saber_pipeline.sandbox.records import Asked, asked
from saber_pipeline.sandbox.sandbox_settings import AnswerKeySpelling, SandboxSettings

if TYPE_CHECKING:
    from saber_pipeline_tests.sandbox.conftest import StartSandbox

SETTINGS = SandboxSettings()
PROFILE = {
    "type": "object",
    "required": ["ceo", "offices"],
    "properties": {
        "ceo": {"type": "string"},
        "founded": {"type": "integer", "minimum": 1800, "maximum": 2100},
        "stage": {"enum": ["seed", "growth", "public"]},
        "is_profitable": {"type": ["boolean", "null"]},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "offices": {
            "type": "array",
            "minItems": 2,
            "items": {
                "type": "object",
                "required": ["city", "tags"],
                "properties": {"city": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}},
            },
        },
    },
}


def _ask(question: str, answer_type: str, schema: dict[str, Any] | None = None) -> Asked:
    return asked(
        is_contact=False,
        question=question,
        answer_type=answer_type,
        verification_mode="strict",
        output_schema=schema,
    )


def _value(domain: str, question: str, answer_type: str, revision: int = 0) -> Any:
    return payload_of(answer_for(domain, _ask(question, answer_type), revision, SETTINGS))


def test_questions_about_one_thing_agree() -> None:
    """Whether a company uses Salesforce agrees with which CRM it uses, and both kinds occur."""
    domains = [f"company{i}.com" for i in range(100)]
    says = [_value(domain, "Does this company use Salesforce?", "boolean") for domain in domains]
    names = [_value(domain, "Which CRM does this company use?", "open_text") for domain in domains]
    assert says == ["Salesforce" in name for name in names]
    assert 10 < sum(says) < 90


@pytest.mark.parametrize(
    ("question", "answer_type"),
    [
        ("Does this company use Salesforce?", "boolean"),
        ("Is this company hiring engineers?", "boolean"),
        ("What is its headcount?", "number"),
        ("What is its annual revenue?", "currency"),
        ("How fast does it grow?", "percentage"),
        ("Where is its careers page?", "url"),
        ("Which products does it sell?", "list"),
        ("Something else entirely", "open_text"),
        ("Who decides?", "contacts"),
        ("What do they post?", "contact_posts"),
        ("What do they like?", "contact_engagements"),
    ],
)
def test_another_revision_is_another_answer(question: str, answer_type: str) -> None:
    """The same revision gives the same answer, the next one a different one."""
    for number in range(20):
        domain = f"company{number}.com"
        first = _value(domain, question, answer_type)
        assert first == _value(domain, question, answer_type)
        assert first != _value(domain, question, answer_type, revision=1)


def test_json_schema_answers_follow_their_schema() -> None:
    """Every object fits the schema asked for, nested arrays and objects included."""
    validator = jsonschema.Draft202012Validator(PROFILE)
    question = _ask("Describe it", "json_schema", PROFILE)
    seen = set()
    for number in range(100):
        answer = answer_for(f"company{number}.com", question, number % 3, SETTINGS)
        validator.validate(answer["jsonSchema"])
        seen |= answer["jsonSchema"].keys()
    assert seen == PROFILE["properties"].keys()  # type: ignore[attr-defined]  # the dict above is untyped


def test_open_text_key_follows_the_switch() -> None:
    """Open text is found under the docs' key or the clients' key, as switched."""
    question = _ask("What?", "open_text")
    for spelling in AnswerKeySpelling:
        settings = SandboxSettings(answer_key_spelling=spelling)
        assert set(answer_for("a.com", question, 0, settings)) == {"type", spelling.value}


def test_shares_of_not_known_and_failed(start: StartSandbox) -> None:
    """About the shares set are null answers on completed signals, and failures with several codes."""
    api = start(not_known_share=0.08, failed_share=0.03, credits=5000)
    api.batch([f"d{i}.com" for i in range(4000)], **{"async": True})
    api.running.advance(60)
    failed = api.page(status="failed")
    assert 80 < failed["total"] < 160
    assert len({signal["errorCode"] for signal in failed["results"]}) > 1
    sample = [s for offset in range(0, 2000, 25) for s in api.page(status="completed", offset=offset)["results"]]
    assert 0.05 < sum(signal["answer"] is None for signal in sample) / len(sample) < 0.11


def test_forced_refresh_really_changes_a_share(start: StartSandbox) -> None:
    """The first signal is INITIAL; of forced refreshes a share differs and says from which signal and how."""
    api = start(changed_share=0.5)
    domains = [f"d{i}.com" for i in range(25)]
    item = {"question": "What is its headcount?", "answerType": "number"}
    api.batch(domains, item)
    api.running.advance(60)
    old = {signal["domain"]: signal for signal in api.page()["results"]}
    assert {signal["changeContext"]["changeType"] for signal in old.values()} == {"INITIAL"}
    api.batch(domains, item | {"forceRefresh": True})
    api.running.advance(60)
    changes = 0
    for new in api.page(limit=25)["results"]:
        before, context = old[new["domain"]], new["changeContext"]
        assert context["previousSignalId"] == before["id"]
        is_changed = new["answer"] != before["answer"]
        assert (context["changeType"] == "NO_CHANGE") is not is_changed
        assert context["changedFields"] == context["updatedFields"] == []
        if is_changed:
            old_value, new_value = before["answer"]["number"]["value"], new["answer"]["number"]["value"]
            assert context["changeDelta"] == {
                "type": "NUMBER",
                "previous": old_value,
                "current": new_value,
                "change": new_value - old_value,
            }
        changes += is_changed
    assert 4 < changes < 21


def test_changes_of_objects_are_named_by_property() -> None:
    """Of two objects, added, updated and removed properties are told apart; a null has none."""
    before = {"type": "json_schema", "jsonSchema": {"same": 1, "new": 2, "gone": 3}}
    after = {"type": "json_schema", "jsonSchema": {"same": 1, "new": 4, "more": 5}}
    context = change_context("id", before, after)
    assert (context["addedFields"], context["updatedFields"], context["removedFields"]) == (["more"], ["new"], ["gone"])
    assert set(context["changedFields"]) == {"more", "new", "gone"}
    assert change_context("id", None, after)["addedFields"] == ["same", "new", "more"]
    assert change_context("id", before, None)["removedFields"] == ["same", "new", "gone"]
