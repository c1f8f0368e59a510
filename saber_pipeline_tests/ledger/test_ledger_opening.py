"""Opening a ledger that another process is just making."""

from __future__ import annotations

import sqlite3
import sys
from typing import TYPE_CHECKING

from saber_pipeline.ledger.sqlite_engine import RETRY_SECONDS
from saber_pipeline.ledger.store import Ledger, set_value

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    import pytest


def test_the_second_to_open_a_new_ledger_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the first one makes the file, SQLite tells the second at once that it is locked: it tries again."""
    first = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    first.execute("BEGIN IMMEDIATE")
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if first.in_transaction:
            first.execute("COMMIT")

    monkeypatch.setattr("saber_pipeline.ledger.sqlite_engine.time.sleep", wait)
    Ledger.open(tmp_path / "ledger.sqlite").close()
    first.close()
    assert waits == [RETRY_SECONDS]


def test_a_profiler_that_keeps_frames_keeps_nobody_from_committing(tmp_path: Path) -> None:
    """What a frame holds lives on with it. No cursor among that may be in the middle of a statement that writes."""
    kept: list[FrameType] = []
    sys.setprofile(lambda frame, _event, _about: kept.append(frame))
    try:
        ledger = Ledger.open(tmp_path / "ledger.sqlite")
        ledger.checkpoint()
        with ledger.transaction() as connection:
            set_value(connection, "name", "value")
    finally:
        sys.setprofile(None)
    ledger.close()
    assert kept
