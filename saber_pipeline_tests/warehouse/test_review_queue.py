"""``review_queue``: the answers that a person should look at, each with its reasons."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from saber_pipeline.config.questions.question import AnswerType, Question, SubjectType
from saber_pipeline.config.questions.subject_kinds import COMPANIES
from saber_pipeline.warehouse.list_rows import load_lists
from saber_pipeline.warehouse.views import apply_questions
from saber_pipeline_tests.warehouse.signals import boolean, land, raw_signal
from saber_pipeline_tests.warehouse.test_views import snapshot

if TYPE_CHECKING:
    from saber_pipeline_tests.warehouse.conftest import OpenWarehouse

QUESTION = Question("big", "Is it big?", AnswerType.BOOLEAN)
SOURCES = [{"url": "https://a.com/about", "title": "About", "snippet": "…"}]
DEGRADED = {"connectors": {"salesNavigator": {"status": "degraded", "reason": "rate_limited"}}}


def queue(warehouse: OpenWarehouse, signals: list[dict[str, Any]], *questions: Question) -> list[tuple[Any, ...]]:
    """Domain, reason and reasons, after these signals; sound ones but for what each says."""
    names = sorted({signal.get("domain", "a.com") for signal in signals})
    snapshot(warehouse.paths.landed_lists(COMPANIES), "accounts", *names)
    load_lists(warehouse.con, warehouse.paths)
    raw = [
        raw_signal(
            **{"signal_id": str(number), "answer": boolean(value=True), "domain": "a.com", "sources": SOURCES} | signal
        )
        for number, signal in enumerate(signals)
    ]
    land(warehouse.paths, "a", raw, questions[0])
    warehouse.load(*questions)
    return warehouse.rows("SELECT domain, reason, reasons FROM review_queue ORDER BY domain")


def test_a_sound_answer_is_not_in_it(warehouse: OpenWarehouse) -> None:
    """Nor is one that is not known: there is nothing to review."""
    signals: list[dict[str, Any]] = [
        {},
        {"domain": "b.com", "answer": None, "sources": []},
        {"domain": "c.com", "status": "failed"},
    ]
    assert queue(warehouse, signals, replace(QUESTION, min_confidence=0.9)) == []


def test_each_reason_is_named(warehouse: OpenWarehouse) -> None:
    """Too little confidence or none at all, without LinkedIn, without a source, and several at once."""
    signals: list[dict[str, Any]] = [
        {"domain": "a.com", "confidence": 0.59},
        {"domain": "b.com", "confidence": None},
        {"domain": "c.com", "metadata": DEGRADED},
        {"domain": "d.com", "sources": []},
        {"domain": "e.com", "confidence": 0.6},
        {"domain": "f.com", "confidence": 0.1, "sources": [], "metadata": DEGRADED},
    ]
    assert queue(warehouse, signals, replace(QUESTION, min_confidence=0.6)) == [
        ("a.com", "confidence 0.59 is below 0.6", ["low_confidence"]),
        ("b.com", "no confidence was told, at least 0.6", ["low_confidence"]),
        ("c.com", "researched without LinkedIn", ["degraded"]),
        ("d.com", "without a source", ["no_source"]),
        (
            "f.com",
            "confidence 0.1 is below 0.6; researched without LinkedIn; without a source",
            ["low_confidence", "degraded", "no_source"],
        ),
    ]
    assert warehouse.rows("SELECT question_key, question, value, confidence, source_url FROM review_queue LIMIT 1") == [
        ("big", "Is it big?", "yes", 0.59, "https://a.com/about")
    ]


def test_confidence_is_no_reason_without_a_minimum(warehouse: OpenWarehouse) -> None:
    """The minimum is the question's own; changing it takes effect without a purchase."""
    assert queue(warehouse, [{"confidence": 0.01}], QUESTION) == []
    apply_questions(warehouse.con, [replace(QUESTION, min_confidence=0.02)])
    assert warehouse.rows("SELECT reasons FROM review_queue") == [(["low_confidence"],)]


def test_a_verdict_that_turned_is_a_reason(warehouse: OpenWarehouse) -> None:
    """Against the version before only: another value with the same verdict is none, nor is the first answer."""
    judged = replace(QUESTION, qualification_criteria={"yes": "good", "no": "disqualified"})
    said: dict[str, list[bool | None]] = {
        "a.com": [True, False],
        "b.com": [False, True, True],
        "c.com": [True, None],
        "d.com": [None, True],
    }
    signals: list[dict[str, Any]] = [
        {
            "domain": domain,
            "signal_id": f"{domain} {day}",
            "answer": None if value is None else boolean(value=value),
            "completedAt": f"2026-01-0{day}T00:00:00Z",
        }
        for domain, values in said.items()
        for day, value in enumerate(values, start=1)
    ]
    assert queue(warehouse, signals, judged) == [
        ("a.com", "the verdict was good and is disqualified", ["verdict_changed"]),
        ("c.com", "the verdict was good and is none", ["verdict_changed"]),
    ]


def test_questions_about_contacts_stay_out(warehouse: OpenWarehouse) -> None:
    """Reviews are about companies."""
    about = Question("role", "Who?", AnswerType.BOOLEAN, about=SubjectType.CONTACT)
    snapshot(warehouse.paths.landed_lists(COMPANIES), "accounts", "a.com")
    load_lists(warehouse.con, warehouse.paths)
    contact = {"signalType": "CONTACT", "contactProfileUrl": "https://x.com/in/a", "domain": None}
    land(warehouse.paths, "a", [raw_signal("1", boolean(value=True), **contact)], about)
    warehouse.load(about)
    assert warehouse.rows("FROM review_queue") == []
