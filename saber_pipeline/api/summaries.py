"""Summaries of all signals about one company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saber_pipeline.api.decode import UnreadableReplyError, json_object, moment, text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True)
class Summary:
    """A summary at the API. ``details`` is the whole object, which usually does not name its company."""

    id: str
    status: str
    domain: str | None
    updated_at: datetime | None
    details: Mapping[str, Any]

    @property
    def is_done(self) -> bool:
        """Whether the summary will not change any more. An unknown status counts as done."""
        return self.status not in ("processing", "pending", "running", "queued")


def summary_or_none(found: dict[str, Any]) -> Summary | None:
    """Read a summary from a page; None without an id."""
    summary_id = text(found.get("id"))
    if summary_id is None:
        return None
    domain = text(found.get("domain"))
    return Summary(
        id=summary_id,
        status=(text(found.get("status")) or "").lower(),
        domain=domain.lower() if domain else None,
        updated_at=moment(found.get("updatedAt")),
        details=found,
    )


def read_made_summary(body: bytes) -> Mapping[str, Any]:
    """Read a summary that was just created, which has no id. Raises UnreadableReplyError."""
    found = json_object(body)
    if not isinstance(found.get("summary"), list):
        raise UnreadableReplyError("the reply holds no summary")
    return found
