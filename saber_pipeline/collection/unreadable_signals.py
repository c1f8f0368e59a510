"""Unreadable signals: they land as they came and are counted, and their pairs are held back.

An unreadable signal has been paid for. Its pair settles on a made-up signal that failed with ERROR_CODE, and no plan
buys the pair again unless a refresh is forced.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from saber_pipeline.api.unreadable_rows import UnreadableRow, unreadable_row
from saber_pipeline.collection.acceptance import CLOCK_SLACK_SECONDS
from saber_pipeline.config.questions.question import Question, SubjectType
from saber_pipeline.ledger.awaited_pairs import AwaitedPair
from saber_pipeline.ledger.claims import Pair
from saber_pipeline.ledger.purchases import Submission

logger = logging.getLogger(__name__)

ERROR_CODE = "UNREADABLE_REPLY"
REASON = (
    "Saber created this signal, but its reply cannot be read. The signal is paid for and is not bought again; a forced "
    "refresh buys it again. The table unreadable_signals keeps the reply as it came."
)
SURE_LOOKS = 2
"""How often a pair's signal must be unreadable before it counts, because a single reply may be garbled."""

LONGEST_LOGGED = 200

Land = Callable[[Iterable[tuple[Mapping[str, Any], bytes]]], object]


class UnreadableRows:
    """The unreadable rows that a run has read. ``land`` makes rows durable, each with its known fields."""

    def __init__(self, land: Land = lambda _records: None) -> None:
        self._land = land
        self._rows: dict[str, UnreadableRow] = {}
        self._by_subject: dict[str, dict[str, UnreadableRow]] = defaultdict(dict)
        self._by_signal: dict[str, UnreadableRow] = {}
        self._looks: Counter[str] = Counter()  # unreadable replies by subject or signal id

    @property
    def count(self) -> int:
        """The number of distinct rows so far."""
        return len(self._rows)

    def is_known(self, signal_id: str) -> bool:
        """Whether the signal with this id was unreadable."""
        return signal_id in self._by_signal

    def note(self, raws: Iterable[bytes], *, subject: str | None = None, signal_id: str | None = None) -> None:
        """Land the new rows among ``raws``, all from one poll. ``subject``, ``signal_id``: those requested, if any."""
        rows = [unreadable_row(raw, subject=subject, signal_id=signal_id) for raw in raws]
        new = [row for row in rows if self._says_more(row)]
        for row in rows:
            if row in new:
                self._rows[row.row_id] = row
            if row.subject:
                self._by_subject[row.subject][row.row_id] = row
            if row.signal_id:
                self._by_signal[row.signal_id] = row
        self._looks.update({key for row in rows for key in (row.subject, row.signal_id) if key})
        if new:
            self._land((_about(row), _as_it_came(row.raw)) for row in new)
            logger.warning(
                "%d signals cannot be read. The table unreadable_signals keeps them as Saber sent them. The first "
                "says: %r",
                len(new),
                new[0].raw[:LONGEST_LOGGED],
            )

    def _says_more(self, row: UnreadableRow) -> bool:
        """Whether the row is new, or its subject or its id is known for the first time."""
        known = self._rows.get(row.row_id)
        if known is None:
            return True
        return (known.subject is None and row.subject is not None) or (
            known.signal_id is None and row.signal_id is not None
        )

    def proves(self, submission: Submission, pairs: Sequence[AwaitedPair]) -> bool:
        """Whether a row about one of ``pairs`` may belong to ``submission``, which was then bought."""
        return any(self._rows_of(gap.pair.subject, submission) for gap in pairs)

    def of_pairs(
        self, gaps: Sequence[AwaitedPair], submissions: Mapping[str, Submission], *, is_over: bool = False
    ) -> dict[Pair, UnreadableRow]:
        """The ``gaps``, pairs without a readable signal, to which unreadable rows belong.

        A pair with a known signal id matches by it. The other pairs of a subject match if it has at least as many rows
        as such pairs. ``is_over``: no more signals are expected, so one row is enough for every pair that it may belong
        to: an unreadable row does not name its pair.
        """
        found: dict[Pair, UnreadableRow] = {}
        by_subject: dict[str, list[AwaitedPair]] = defaultdict(list)
        for gap in gaps:
            named = self._by_signal.get(gap.signal_id or "")
            if named is not None and (is_over or self._looks[gap.signal_id or ""] >= SURE_LOOKS):
                found[gap.pair] = named
            else:
                by_subject[gap.pair.subject].append(gap)
        for subject, missing in by_subject.items():
            submission = submissions.get(missing[0].submission_id)
            rows = self._rows_of(subject, submission)
            if not rows and is_over:
                rows = [row for row in self._rows.values() if row.subject is None and _is_since(row, submission)]
            is_sure = self._looks[subject] >= SURE_LOOKS and len(rows) >= len(missing)
            if rows and (is_sure or is_over):
                found.update((gap.pair, rows[min(n, len(rows) - 1)]) for n, gap in enumerate(missing))
        return found

    def _rows_of(self, subject: str, submission: Submission | None) -> list[UnreadableRow]:
        return [row for row in self._by_subject.get(subject, {}).values() if _is_since(row, submission)]


def held_signal(
    pair: Pair, question: Question, submission: Submission, row: UnreadableRow, signal_id: str | None
) -> tuple[str, bytes]:
    """The made-up signal on which a held-back pair settles: its id, and its JSON as it lands."""
    own = hashlib.sha256(f"{row.row_id} {pair.question_id} {pair.subject}".encode()).hexdigest()[:32]
    name = signal_id or f"unreadable-{own}"
    is_contact = question.about is SubjectType.CONTACT
    created_at = datetime.fromtimestamp(submission.submitted_at or submission.intended_at, tz=UTC)
    signal = {
        "id": name,
        "signalType": "CONTACT" if is_contact else "COMPANY",
        "contactProfileUrl" if is_contact else "domain": pair.subject,
        "question": question.text,
        "answerType": question.sent_as.value,
        "verificationMode": question.verification_mode.value,
        "status": "failed",
        "error": REASON,
        "errorCode": ERROR_CODE,
        "createdAt": created_at.isoformat().replace("+00:00", "Z"),
        "answer": None,
    }
    return name, json.dumps(signal).encode()


def _is_since(row: UnreadableRow, submission: Submission | None) -> bool:
    if row.created_at is None or submission is None:
        return True
    return row.created_at.timestamp() >= submission.bought_since - CLOCK_SLACK_SECONDS


def _about(row: UnreadableRow) -> dict[str, Any]:
    return {"row_id": row.row_id, "signal_id": row.signal_id, "subject": row.subject, "question": row.question}


def _as_it_came(raw: bytes) -> bytes:
    """The bytes as text, and also as base64 if the text loses some of them."""
    text = raw.decode(errors="replace")
    came: dict[str, str] = {"raw": text}
    if text.encode(errors="replace") != raw:
        came["base64"] = base64.b64encode(raw).decode()
    return json.dumps(came).encode()
