"""Reasons for refusals and unknown outcomes. Each reason is stored once for all of its pairs."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from saber_pipeline.errors import ApiError, PipelineError
from saber_pipeline.foreign_text import one_line
from saber_pipeline.ledger import tables as t

LONGEST_REASON = 500


class Reason(NamedTuple):
    """A text for people, with the API's code, its advice, and its details as JSON."""

    text: str
    error_code: str | None = None
    error_action: str | None = None
    details: str | None = None


def reason_of(error: PipelineError) -> Reason:
    """The reason for a refusal. The code of a service behind the API is preferred, because it is more specific."""
    if not isinstance(error, ApiError):
        return Reason(str(error))
    return Reason(str(error), error.cause or error.code, error.action, error.details)


def kept_reason(reason: str) -> str:
    """A reason as the ledger stores it: one line of at most 500 characters."""
    return one_line(reason, LONGEST_REASON)


def reason_number(connection: sa.Connection, reason: Reason | str) -> int:
    """The number of ``reason`` in ``unserved``; stores the reason if it is new."""
    whole = Reason(reason) if isinstance(reason, str) else reason
    kept = whole._replace(
        text=kept_reason(whole.text), error_action=None if whole.error_action is None else one_line(whole.error_action)
    )
    r = t.reasons.c
    known = connection.execute(
        sa.select(r.reason_number).where(
            r.reason == kept.text,
            r.error_code.is_not_distinct_from(kept.error_code),
            r.error_action.is_not_distinct_from(kept.error_action),
            r.details.is_not_distinct_from(kept.details),
        )
    ).scalar()
    if known is not None:
        return int(known)
    inserted = connection.execute(
        sa.insert(t.reasons).values(
            reason=kept.text, error_code=kept.error_code, error_action=kept.error_action, details=kept.details
        )
    )
    return int((inserted.inserted_primary_key or [0])[0])


def reasons_by_number(connection: sa.Connection) -> dict[int, Reason]:
    """All reasons by their numbers."""
    r = t.reasons.c
    rows = connection.execute(sa.select(r.reason_number, r.reason, r.error_code, r.error_action, r.details))
    return {int(number): Reason(*columns) for number, *columns in rows}
