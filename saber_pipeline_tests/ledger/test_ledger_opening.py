"""Opening a ledger that another process is just making."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from saber_pipeline.ledger.store import RETRY_SECONDS, Ledger

if TYPE_CHECKING:
    from pathlib import Path

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

    monkeypatch.setattr("saber_pipeline.ledger.store.time.sleep", wait)
    Ledger.open(tmp_path / "ledger.sqlite").close()
    first.close()
    assert waits == [RETRY_SECONDS]
