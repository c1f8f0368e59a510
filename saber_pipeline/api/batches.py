"""Batches: what is sent, and the two shapes that come back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from saber_pipeline.api.call import present
from saber_pipeline.api.decode import UnreadableReplyError, json_object, mapping, moment, text, whole_number
from saber_pipeline.api.error_bodies import ErrorBody, read_error

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

REJECTED_STATUSES = frozenset({"", "rejected", "failed", "error", "invalid", "refused"})
"""Statuses that mean there is no signal, where there is no id. Of any other one only an error beside it says so: what
may have been bought is looked for."""


@dataclass(frozen=True, kw_only=True)
class BatchItem:
    """One question of a batch. Only what is set is sent; ``force_refresh`` only when true."""

    question: str | None = None
    answer_type: str | None = None
    output_schema: Mapping[str, Any] | None = None
    weight: str | None = None
    qualification_criteria: Mapping[str, Any] | None = None
    template_id: str | None = None
    webhook_url: str | None = None
    force_refresh: bool = False

    def body(self) -> dict[str, Any]:
        """The JSON object the API takes."""
        return present(
            question=self.question,
            templateId=self.template_id,
            answerType=self.answer_type,
            outputSchema=self.output_schema,
            weight=self.weight,
            qualificationCriteria=self.qualification_criteria,
            webhookUrl=self.webhook_url,
            forceRefresh=self.force_refresh or None,
        )


@dataclass(frozen=True)
class AsyncBatch:
    """An accepted batch whose signals appear over the next seconds; it names none of them."""

    batch_id: str
    submitted_at: datetime | None
    total_signals: int | None


@dataclass(frozen=True)
class SyncBatchItem:
    """One signal of a sync-mode batch, or the reason why there is none. ``raw`` is the API's object."""

    id: str | None
    status: str
    domain: str | None
    question: str | None
    answer_type: str | None
    error: ErrorBody | None
    raw: bytes

    @property
    def is_rejected(self) -> bool:
        """No signal was made. One with an id that failed was made, and one without an id may have been."""
        if self.status == "rejected":
            return True
        return self.id is None and (self.error is not None or self.status in REJECTED_STATUSES)


@dataclass(frozen=True)
class SyncBatch:
    """A sync-mode batch: an item for each signal, without answers."""

    submitted_at: datetime | None
    accepted: int
    rejected: int
    items: tuple[SyncBatchItem, ...]


def read_batch(body: bytes) -> AsyncBatch | SyncBatch:
    """Either shape, told apart by the body alone. Raises UnreadableReplyError."""
    whole = json_object(body)
    results = whole.get("results")
    batch_id = text(whole.get("batchId"))
    if isinstance(results, list) and (results or batch_id is None):
        return _sync_batch(whole, results)
    if batch_id is None:
        raise UnreadableReplyError("the reply holds neither results nor a batchId")
    return AsyncBatch(batch_id, moment(whole.get("submittedAt")), whole_number(whole.get("totalSignals")))


def read_refused_batch(body: bytes) -> SyncBatch | None:
    """The batch in a 422, which may be an error or a batch response; None when it is an error."""
    try:
        whole = json_object(body)
    except UnreadableReplyError:
        return None
    results = whole.get("results")
    return _sync_batch(whole, results) if isinstance(results, list) and results else None


def _sync_batch(whole: Mapping[str, Any], results: list[Any]) -> SyncBatch:
    items = tuple(_item(found if isinstance(found, dict) else {}) for found in results)
    rejected = sum(item.is_rejected for item in items)
    told_accepted, told_rejected = whole_number(whole.get("accepted")), whole_number(whole.get("rejected"))
    return SyncBatch(
        moment(whole.get("submittedAt")),
        len(items) - rejected if told_accepted is None else told_accepted,
        rejected if told_rejected is None else told_rejected,
        items,
    )


def _item(found: Mapping[str, Any]) -> SyncBatchItem:
    status = (text(found.get("status")) or "").strip().lower()
    return SyncBatchItem(
        id=text(found.get("id")),
        status=status,
        domain=text(found.get("domain")),
        question=text(found.get("question")),
        answer_type=text(found.get("answerType")),
        error=_error(found, is_rejected=status in REJECTED_STATUSES),
        raw=msgspec.json.encode(found),
    )


def _error(found: Mapping[str, Any], *, is_rejected: bool) -> ErrorBody | None:
    """What stands under ``error`` or beside it; the object itself where nothing of it is understood.

    A text alone beside a status that rejects nothing is about the signal, and no error.
    """
    told = read_error(found)
    if not is_rejected and told.is_bare_text and not found.get("error"):
        return None
    if told.message or not told.is_bare_text or told.action or told.details:
        return told
    inner = mapping(found.get("error"))
    return replace(told, message=msgspec.json.encode(inner).decode()) if inner else None
