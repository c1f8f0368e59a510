"""Opening a ledger that does not exist yet, by two at once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from saber_pipeline.buying.ledger.store import Ledger

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 60
"""Without the retry, about one round in seven failed (9 of 60)."""


def test_two_open_a_new_ledger_at_once(tmp_path: Path) -> None:
    """One of them makes the file, and the other waits for it rather than fail."""
    opened: list[int] = []

    def open_it(number: int, start: threading.Barrier) -> None:
        start.wait()
        Ledger.open(tmp_path / f"{number}.sqlite").close()
        opened.append(number)

    for number in range(ROUNDS):
        start = threading.Barrier(2)
        threads = [threading.Thread(target=open_it, args=(number, start)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(opened) == sorted([*range(ROUNDS)] * 2)
