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

NO_ID = "00000000-0000-0000-0000-000000000000"
"""The id that some services write where there is none."""


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
        """Whether certainly no signal was created.

        A failed item with an id is an older failure from the API's cache, unless the reply counts it as rejected: then
        ``read_batch`` leaves the id out.
        """
        if self.status == "rejected":
            return True
        return self.id is None and (self.error is not None or self.status in REJECTED_STATUSES)

    @property
    def has_failed(self) -> bool:
        """Whether its status says that it was rejected or failed."""
        return bool(self.status) and self.status in REJECTED_STATUSES


@dataclass(frozen=True)
class SyncBatch:
    """A sync-mode batch, with an item for each signal, without answers.

    ``schedules_nothing``: the reply counts signals as rejected and none as accepted, and has no item for any of them.
    """

    submitted_at: datetime | None
    items: tuple[SyncBatchItem, ...]
    schedules_nothing: bool


def read_batch(body: bytes) -> AsyncBatch | SyncBatch:
    """A batch of either shape, recognised by its body. Raises UnreadableReplyError."""
    whole = json_object(body)
    results = whole.get("results")
    batch_id = text(whole.get("batchId"))
    if isinstance(results, list) and (results or batch_id is None):
        return _sync_batch(whole, results, is_refused=False)
    if batch_id is None:
        raise UnreadableReplyError("the reply holds neither results nor a batchId")
    return AsyncBatch(batch_id, moment(whole.get("submittedAt")), whole_number(whole.get("totalSignals")))


def read_refused_batch(body: bytes) -> SyncBatch | None:
    """The batch in a 422 reply, of which nothing was scheduled; None if the reply is an error instead."""
    try:
        whole = json_object(body)
    except UnreadableReplyError:
        return None
    results = whole.get("results")
    if not isinstance(results, list):
        return None
    batch = _sync_batch(whole, results, is_refused=True)
    return batch if batch.items or batch.schedules_nothing else None


def _sync_batch(whole: Mapping[str, Any], results: list[Any], *, is_refused: bool) -> SyncBatch:
    accepted, rejected = whole_number(whole.get("accepted")), whole_number(whole.get("rejected"))
    items = tuple(_item(found if isinstance(found, dict) else {}) for found in results)
    failed = sum(item.is_rejected or item.has_failed for item in items)
    if failed == rejected or (is_refused and not accepted):
        # The schema asks for an id of these too, but they were never scheduled: no signal has it.
        items = tuple(replace(item, id=None) if item.has_failed else item for item in items)
    schedules_nothing = not items and not accepted and bool(rejected)
    return SyncBatch(moment(whole.get("submittedAt")), items, schedules_nothing)


def _item(found: Mapping[str, Any]) -> SyncBatchItem:
    status = (text(found.get("status")) or "").strip().lower()
    signal_id = text(found.get("id"))
    return SyncBatchItem(
        id=None if signal_id == NO_ID else signal_id,
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
