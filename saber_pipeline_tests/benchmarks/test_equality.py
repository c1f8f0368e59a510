"""Nothing counts in the race before it is equal to what the API said."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from benchmarks import signals
from benchmarks.contenders.duckdb_load import load_lines
from benchmarks.equality import differences, write_expected
from benchmarks.questions import QUESTIONS

TIME = b"2026-11-25T10:00:00.000Z"


@pytest.fixture
def lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One signal about each question, as the benchmarks' server renders them."""
    monkeypatch.setattr(signals, "VARIANTS", 2)  # the first of each is not known
    file = tmp_path / "lines.ndjson"
    rendered = []
    for number, question in enumerate(QUESTIONS):
        schema = dict(question.output_schema) if question.output_schema else None
        template = signals.templates_for(question.text, question.answer_type.value, schema)[1]
        rendered.append(template.fill((b"id-%d" % number, b"acme.com", TIME, TIME)) + b"\n")
    file.write_bytes(b"".join(rendered))
    return file


def test_the_floor_is_equal_and_a_wrong_value_is_found(lines: Path, tmp_path: Path) -> None:
    """DuckDB alone leaves what plain Python reads, and one other word is a difference."""
    expected, database = tmp_path / "expected.ndjson", tmp_path / "out.duckdb"
    write_expected(lines, expected)
    load_lines(lines, database, memory_limit="1GB")
    assert differences(database, expected) == []
    with duckdb.connect(str(database)) as con:
        assert con.execute("SELECT count(*) FROM signals").fetchone() == (len(QUESTIONS),)
        con.execute("UPDATE sources SET url = 'https://other.example/' WHERE position = 0 AND signal_id = 'id-1'")
    assert [row[:3] for row in differences(database, expected)] == [
        ("meant", "acme.com", "sources number"),
        ("said", "acme.com", "sources number"),
    ]
