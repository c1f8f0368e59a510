"""An analyst who never stops reading."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Self

import duckdb

EVERY_SECONDS = 0.05


class Reader:
    """Opens ``file`` again and again, in a thread, and keeps what went wrong.

    Wrong is: it cannot be opened or read, it is gone after it was there, or it has fewer answers than before.
    """

    def __init__(self, file: Path) -> None:
        self.reads = 0
        self.errors: list[str] = []
        self._file = file
        self._most_answers = -1
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._read_on, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _read_on(self) -> None:
        while not self._stopped.wait(EVERY_SECONDS):
            if self._most_answers >= 0 or self._file.is_symlink():
                self._read()

    def _read(self) -> None:
        self.reads += 1
        try:
            with duckdb.connect(str(self._file), read_only=True) as con:
                answers = con.execute(
                    "SELECT (SELECT count(*) FROM latest_answers) + (SELECT count(*) FROM contact_research_profiles)"
                ).fetchall()[0][0]
                con.execute("SELECT count(*), count(COLUMNS(*)) FROM accounts").fetchall()
        except duckdb.Error as error:
            self.errors.append(str(error).splitlines()[0])
            return
        if answers < self._most_answers:
            self.errors.append(f"{answers} answers after {self._most_answers}")
        self._most_answers = max(self._most_answers, answers)
