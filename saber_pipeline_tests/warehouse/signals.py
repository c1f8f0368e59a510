"""Signals as the API would send them, for the warehouse's tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from saber_pipeline.warehouse.landing import LandedFile, LandingWriter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from saber_pipeline.config.paths import DataPaths
    from saber_pipeline.config.questions.question import Question


def raw_signal(signal_id: str, answer: Any, answer_type: str | None = "boolean", **fields: Any) -> bytes:
    """A completed company signal; ``fields`` replace or add to what it holds."""
    signal = {
        "id": signal_id,
        "signalType": "COMPANY",
        "domain": "acme.com",
        "question": "?",
        "answerType": answer_type,
        "status": "completed",
        "createdAt": "2026-01-31T11:59:00Z",
        "completedAt": "2026-01-31T12:00:00.5Z",
        "confidence": 0.9,
        "answer": answer,
        **fields,
    }
    return json.dumps(signal).encode()


def boolean(value: Any) -> dict[str, Any]:
    """A boolean answer."""
    return {"type": "boolean", "boolean": {"value": value}}


def land(
    paths: DataPaths,
    stem: str,
    signals: Iterable[bytes],
    question: Question | None = None,
    *,
    forced: bool = False,
) -> Path:
    """Land signals of one question as one file."""
    return land_file(paths, stem, signals, question, forced=forced).path


def land_file(
    paths: DataPaths, stem: str, signals: Iterable[bytes], question: Question | None = None, *, forced: bool = False
) -> LandedFile:
    """The same, with what was written."""
    with LandingWriter(paths.landed_signals, stem) as writer:
        for raw in signals:
            writer.add(question.question_id if question else None, forced, raw)
        file = writer.commit()
    assert file is not None
    return file
