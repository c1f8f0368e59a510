"""Batches: the request, and the two shapes of its reply."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from saber_pipeline.api.call import RequestBody
from saber_pipeline.api.decode import UnreadableReplyError, json_object, mapping, moment, text, whole_number
from saber_pipeline.api.error_bodies import ErrorBody, read_error

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

REJECTED_STATUSES = frozenset({"", "rejected", "failed", "error", "invalid", "refused"})
"""Statuses of an item without an id that mean that no signal was created. With any other status, only an error says
so; otherwise the signal may have been bought, and is looked up."""


@dataclass(frozen=True, kw_only=True)
class BatchItem(RequestBody):
    question: str | None = None
    template_id: str | None = None
    answer_type: str | None = None
    output_schema: Mapping[str, Any] | None = None
    weight: str | None = None
    qualification_criteria: Mapping[str, Any] | None = None
    webhook_url: str | None = None
    force_refresh: bool = False


@dataclass(frozen=True)
class AsyncBatch:
    """An accepted batch. Its signals appear over the next seconds, and the reply does not name them."""

    batch_id: str
    submitted_at: datetime | None
    total_signals: int | None


@dataclass(frozen=True)
class SyncBatchItem:
    """One signal of a sync-mode batch, or the reason for its absence. ``raw`` is the API's object."""

    id: str | None
    status: str
    domain: str | None
    question: str | None
    answer_type: str | None
    error: ErrorBody | None
    raw: bytes

    @property
    def is_rejected(self) -> bool:
        """Whether certainly no signal was created. A failed item with an id is a signal; one without may be."""
        if self.status == "rejected":
            return True
        return self.id is None and (self.error is not None or self.status in REJECTED_STATUSES)


@dataclass(frozen=True)
class SyncBatch:
    """A sync-mode batch, with an item for each signal, without answers."""

    submitted_at: datetime | None
    items: tuple[SyncBatchItem, ...]


def read_batch(body: bytes) -> AsyncBatch | SyncBatch:
    """A batch of either shape, recognised by its body. Raises UnreadableReplyError."""
    whole = json_object(body)
    results = whole.get("results")
    batch_id = text(whole.get("batchId"))
    if isinstance(results, list) and (results or batch_id is None):
        return _sync_batch(whole, results)
    if batch_id is None:
        raise UnreadableReplyError("the reply holds neither results nor a batchId")
    return AsyncBatch(batch_id, moment(whole.get("submittedAt")), whole_number(whole.get("totalSignals")))


def read_refused_batch(body: bytes) -> SyncBatch | None:
    """The batch in a 422 reply; None if the reply is an error instead."""
    try:
        whole = json_object(body)
    except UnreadableReplyError:
        return None
    results = whole.get("results")
    return _sync_batch(whole, results) if isinstance(results, list) and results else None


def _sync_batch(whole: Mapping[str, Any], results: list[Any]) -> SyncBatch:
    items = tuple(_item(found if isinstance(found, dict) else {}) for found in results)
    return SyncBatch(moment(whole.get("submittedAt")), items)


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
    """The error of an item, under ``error`` or beside it. An ``error`` that is not understood is quoted as JSON.

    With a status that does not reject, a message without ``error`` is about the signal and is not an error.
    """
    error = read_error(found)
    if not is_rejected and error.is_bare_text and not found.get("error"):
        return None
    if error.message or not error.is_bare_text or error.action or error.details:
        return error
    inner = mapping(found.get("error"))
    return replace(error, message=msgspec.json.encode(inner).decode()) if inner else None
