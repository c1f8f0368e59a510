"""Tables on terminals of every width: nothing is left out, and nothing is cut."""

from __future__ import annotations

import io
import re
import sys

import pytest
from rich.console import Console
from rich.table import Table

from saber_pipeline.cli.failed_pairs_text import print_failed
from saber_pipeline.cli.terminal import print_table
from saber_pipeline.planning.failed_pairs import FailedPairs

COLUMNS = ["list", "question", "owned", "not known", "failed", "in flight", "due", "credits", "due because"]
ROWS = [
    [
        "accounts_of_the_north_2026",
        "uses_salesforce",
        12,
        0,
        3,
        0,
        1_234_567,
        1_234_567,
        "1,234,567 missing, 3 failed before",
    ],
    ["prospects", "which_customer_relationship_management", 0, 7, 0, 0, 20, 20, "20 too old"],
    ["münchen_東京", "crm", 1, 1, 1, 1, 1, 1, ""],
]


class Screen(io.StringIO):
    """A terminal as far as a program asks."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.mark.parametrize("width", [30, 40, 60, 80, 100, 120, 200])
def test_every_column_and_every_cell_is_there(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the width: each name, each number and each letter of each text is on the screen, within its width."""
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "dumb")
    print_table(COLUMNS, ROWS)
    shown = screen.getvalue()
    words = set(re.findall(r"\S+", shown))
    assert "…" not in shown
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= width
    assert {word for name in COLUMNS for word in name.split()} <= words
    assert {f"{cell:,}" for row in ROWS for cell in row if isinstance(cell, int)} <= words
    letters = sorted("".join(shown.split()).replace("─", ""))
    texts = "".join(str(cell) for row in ROWS for cell in row if isinstance(cell, str))
    assert all(letters.count(letter) >= texts.replace(" ", "").count(letter) for letter in set(texts) - {" "})


def test_a_width_that_holds_the_table_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is room, each row is one line."""
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "dumb")
    print_table(COLUMNS, ROWS)
    assert len(screen.getvalue().splitlines()) == 2 + len(ROWS)


def test_elsewhere_a_table_is_as_rich_lays_it_out(capsys: pytest.CaptureFixture[str]) -> None:
    """In a file or pipe each row is one line, whose columns begin where they do on a terminal of any width."""
    print_table(COLUMNS, ROWS)
    told = capsys.readouterr().out
    drawn = Table(box=None, pad_edge=False, show_edge=False)
    for number, name in enumerate(COLUMNS):
        drawn.add_column(name, justify="right" if isinstance(ROWS[0][number], int) else "left", no_wrap=True)
    for row in ROWS:
        drawn.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    screen = io.StringIO()
    Console(file=screen, width=1_000).print(drawn)
    assert told.splitlines() == [line.rstrip() for line in screen.getvalue().splitlines()]
    assert len(told.splitlines()) == 1 + len(ROWS)


def test_words_are_broken_only_where_they_have_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 80 columns the codes, times and options of a row of failures stand whole."""
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    print_failed(
        [
            FailedPairs("headcount_growth", code, "The limit was reached", "Retry later", 3, 0, None, None, 3)
            for code in ("LINKEDIN_RATE_LIMIT_EXCEEDED", "VALIDATION_ERROR")
        ]
    )
    words = screen.getvalue().split()
    assert {"headcount_growth", "LINKEDIN_RATE_LIMIT_EXCEEDED:", "VALIDATION_ERROR:", "--force-refresh"} <= set(words)
