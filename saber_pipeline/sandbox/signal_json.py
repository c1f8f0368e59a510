"""Signals as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from saber_pipeline.sandbox.answers.answer import answer_for
from saber_pipeline.sandbox.answers.company import company_named
from saber_pipeline.sandbox.answers.prose import confidence_in, reasoning_for, sources_for
from saber_pipeline.sandbox.changes import Answer, change_context, initial
from saber_pipeline.sandbox.movable_clock import iso
from saber_pipeline.sandbox.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saber_pipeline.sandbox.records import Signal
    from saber_pipeline.sandbox.sandbox_state import Sandbox

KEPT_RENDERINGS = 20_000
ERRORS = {
    "LINKEDIN_RATE_LIMIT_EXCEEDED": ("The LinkedIn rate limit was reached", "Retry in 24 hours"),
    "LINKEDIN_CONNECTOR_REQUIRED": ("This question needs a connected LinkedIn account", "Connect LinkedIn"),
    "CONNECTOR_UNAVAILABLE": ("A connector did not answer", "Retry later"),
    "VALIDATION_ERROR": ("The answer did not fit the question", "Change the question"),
}
encode = msgspec.json.Encoder().encode


class Rendering:
    """Turns signals into JSON. A finished signal never changes, so its JSON is kept."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._finished: dict[str, bytes] = {}

    def basic(self, signal: Signal) -> dict[str, Any]:
        """``SignalResponse``: the reply to a create."""
        asked = self._sandbox.store.asked[signal.asked]
        subject_key = "contactProfileUrl" if asked.is_contact else "domain"
        return {
            "id": signal.id,
            "signalType": "CONTACT" if asked.is_contact else "COMPANY",
            subject_key: signal.subject,
            "status": signal.status(self._sandbox.clock.now_ms()),
            "question": asked.question,
            "answerType": asked.answer_type,
            "createdAt": iso(signal.created_ms),
        }

    def detail(self, signal: Signal) -> bytes:
        """``SignalDetailResponse`` as JSON."""
        known = self._finished.get(signal.id)
        if known is not None:
            return known
        fields = self.basic(signal)
        fields["verificationMode"] = self._sandbox.store.asked[signal.asked].verification_mode
        if fields["status"] == "completed":
            self._add_answer(fields, signal)
        elif fields["status"] == "failed":
            self._add_error(fields, signal)
        rendered = encode(fields)
        if fields["status"] != "processing":
            if len(self._finished) >= KEPT_RENDERINGS:
                self._finished.clear()
            self._finished[signal.id] = rendered
        return rendered

    def page(self, signals: Sequence[Signal], total: int, limit: int, offset: int) -> bytes:
        """``{results, total, limit, offset, count}``."""
        results = b",".join(map(self.detail, signals))
        tail = f'],"total":{total},"limit":{limit},"offset":{offset},"count":{len(signals)}}}'
        return b'{"results":[' + results + tail.encode()

    def _answer(self, signal: Signal) -> Answer:
        if signal.outcome is not Outcome.ANSWERED:
            return None
        asked = self._sandbox.store.asked[signal.asked]
        return answer_for(signal.subject, asked, signal.revision, self._sandbox.settings)

    def _add_answer(self, fields: dict[str, Any], signal: Signal) -> None:
        store, seed = self._sandbox.store, self._sandbox.settings.seed
        asked = store.asked[signal.asked]
        company = company_named(signal.subject, seed)
        answer = self._answer(signal)
        before = next((earlier for earlier in store.history(signal) if earlier.is_known), None)
        fields |= {
            "completedAt": iso(signal.ready_ms),
            "answer": answer,
            "reasoning": reasoning_for(company, asked.question, answer),
            "confidence": confidence_in(signal.subject, asked.question, answer),
            "sources": sources_for(company, asked.question),
            "metadata": {
                "companyName": company.name,
                "processingTimeMs": signal.ready_ms - signal.created_ms,
                **_linked_in(signal.degraded_reason, is_contact=asked.is_contact),
            },
            "changeContext": change_context(before.id, self._answer(before), answer) if before else initial(),
        }

    @staticmethod
    def _add_error(fields: dict[str, Any], signal: Signal) -> None:
        if signal.outcome is Outcome.UNPAID:
            fields |= {"error": "Insufficient credits", "errorCode": "PAYMENT_REQUIRED"}
            return
        error, action = ERRORS.get(signal.error_code, ("The research failed", "Retry later"))
        fields |= {"error": error, "errorCode": signal.error_code, "errorAction": action}


def _linked_in(degraded_reason: str, *, is_contact: bool) -> dict[str, Any]:
    """The metadata about LinkedIn. Empty if no LinkedIn tool was involved."""
    if not degraded_reason and not is_contact:
        return {}
    status = {"status": "degraded", "reason": degraded_reason} if degraded_reason else {"status": "ok"}
    is_limited = degraded_reason == "rate_limited"
    capability = {
        "capability": "profile_enrichment" if is_contact else "company_data",
        "used": not degraded_reason,
        "rateLimited": is_limited,
    }
    context = {
        "linkedInToolsUsed": not degraded_reason,
        "mode": "preferred",
        "capabilities": [capability],
        "degraded": bool(degraded_reason),
    }
    return {"connectors": {"salesNavigator": status}, "linkedInContext": context}
