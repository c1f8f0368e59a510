"""Summaries: what the signals of one company say together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saber_pipeline.api.tolerant import UnreadableReplyError, json_object, moment, text, texts, whole_number

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class SummaryPoint:
    """One statement of a summary. ``sources`` are as the API gives them: addresses or objects."""

    description: str | None
    reference_questions: tuple[str, ...]
    qualification: str | None
    sources: tuple[Any, ...]


@dataclass(frozen=True)
class Summary:
    """A summary kept by the API."""

    id: str
    status: str
    points: tuple[SummaryPoint, ...]
    signals_count: int | None
    created_at: datetime | None
    updated_at: datetime | None


def summary_or_none(found: dict[str, Any]) -> Summary | None:
    """A summary as listed, None when it has no id."""
    summary_id = text(found.get("id"))
    if summary_id is None:
        return None
    return Summary(
        id=summary_id,
        status=(text(found.get("status")) or "").lower(),
        points=_points(found.get("summary")),
        signals_count=whole_number(found.get("signalsCount")),
        created_at=moment(found.get("createdAt")),
        updated_at=moment(found.get("updatedAt")),
    )


def read_points(body: bytes) -> tuple[SummaryPoint, ...]:
    """The summary that was just made. Raises UnreadableReplyError."""
    found = json_object(body)
    if not isinstance(found.get("summary"), list):
        raise UnreadableReplyError("the reply holds no summary")
    return _points(found["summary"])


def _points(found: Any) -> tuple[SummaryPoint, ...]:
    if not isinstance(found, list):
        return ()
    return tuple(
        SummaryPoint(
            description=text(point.get("description")),
            reference_questions=texts(point.get("referenceQuestions")),
            qualification=text(point.get("qualification")),
            sources=tuple(point["sources"]) if isinstance(point.get("sources"), list) else (),
        )
        for point in found
        if isinstance(point, dict)
    )
