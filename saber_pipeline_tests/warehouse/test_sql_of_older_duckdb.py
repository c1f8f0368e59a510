"""SQL means the same to every DuckDB that is supported."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import saber_pipeline

PACKAGE = Path(saber_pipeline.__file__).parent
# Before DuckDB 2.0 AND, OR, NOT and comparisons bind closer than an arrow: a AND b ->> 'c' is (a AND b) ->> 'c' there.
BARE_ARROW = re.compile(r"(?:\b(?:AND|OR|NOT)|[=<>|+*/])\s+[\w.\"]+\s*->>?(?!\w)", re.IGNORECASE)


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.sql")), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_arrows_behind_operators_stand_in_parentheses(file: Path) -> None:
    """A JSON arrow whose left side another operator would take has parentheses, so that no version reads it so."""
    text = re.sub(r"--.*", "", file.read_text("utf-8"))
    assert [found[0] for found in BARE_ARROW.finditer(text)] == []


def test_a_bare_arrow_would_be_found() -> None:
    """The pattern finds the arrow that DuckDB 1.4 and 2.0 read differently, and none in parentheses."""
    assert BARE_ARROW.search("WHERE a ->> '$.b' IS NOT NULL AND c ->> '$.d' IS NOT NULL")
    assert not BARE_ARROW.search("WHERE (a ->> '$.b') IS NOT NULL AND (c ->> '$.d') IS NOT NULL")
