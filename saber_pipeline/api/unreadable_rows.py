"""Extracts the fields of an unreadable row that its text still shows."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime

from saber_pipeline.api.broken_json import decoded, mended
from saber_pipeline.api.decode import moment

MEMBER = re.compile(r'"(id|domain|contactProfileUrl|question|createdAt)"\s*:\s*("(?:[^"\\]|\\.)*+")', re.DOTALL)
PARTS_OF_A_SIGNAL = ('"question"', '"answerType"', '"status"')


@dataclass(frozen=True)
class UnreadableRow:
    """A row as it came, with the first value of each field in its text; None for missing fields."""

    raw: bytes
    signal_id: str | None = None
    subject: str | None = None
    question: str | None = None
    created_at: datetime | None = None

    @property
    def row_id(self) -> str:
        """An id derived from the bytes."""
        return hashlib.sha256(self.raw).hexdigest()[:32]


def unreadable_row(raw: bytes, *, signal_id: str | None = None, subject: str | None = None) -> UnreadableRow:
    """``raw`` with the fields found in it. ``signal_id`` and ``subject``: the requested ones, if any."""
    found: dict[str, str] = {}
    for name, value in MEMBER.findall(decoded(raw)):
        try:
            found.setdefault(name, json.loads(mended(value)))
        except ValueError:
            continue
    domain = found.get("domain")
    return UnreadableRow(
        raw,
        signal_id or found.get("id") or None,
        subject or found.get("contactProfileUrl") or (domain.lower() if domain else None),
        found.get("question"),
        moment(found.get("createdAt")),
    )


def is_signal_beyond_reading(body: bytes, signal_id: str) -> bool:
    """Whether an unreadable reply is the requested signal, and not a proxy's page."""
    text = decoded(body).lstrip()
    return text.startswith("{") and (signal_id in text or any(part in text for part in PARTS_OF_A_SIGNAL))
