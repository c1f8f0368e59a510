"""Whatever bytes one signal holds, it is read or set aside by itself, and what is kept can be loaded."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import duckdb
import pytest

from saber_pipeline.api.decode import UnreadableReplyError
from saber_pipeline.api.signals import read_signal, read_signal_page

GOOD = '{"id":"good","domain":"b.com","question":"q","status":"completed","answer":{"t":"é"}}'.encode()
MUTATED = int(os.environ.get("MUTATED_SIGNALS", "1500"))
VALUES = [
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b'"a\x01\tb"',
    b'"\\ud800"',
    b'"\\\\ud800\\ud83d\\ude00"',
    b'"\\q"',
    b"NaN",
    b"[-Infinity, 1e400]",
    b"9300000000000000000",
    b"-" + b"9" * 60,
    b"[" * 900 + b"]" * 900,
    b"[" * 30_000 + b"]" * 30_000,
    b'{"a":1,"a":2}',
    b"05",
    b"tru",
    b"null",
    b'"\\u0000"',
    b'"2026-99-99T00:00:00Z"',
    b"{}",
    b"true",
]
FIELDS = ["answer", "sources", "reasoning", "confidence", "createdAt", "completedAt", "domain", "contactProfileUrl"]
FIELDS += ["question", "answerType", "signalType", "metadata", "company", "changeContext", "verificationMode"]
FIELDS += ["error", "errorCode", "errorAction", "x\\n"]


def page(*rows: bytes) -> bytes:
    return b'{"results":[' + b",".join(rows) + b'],"total":%d,"limit":100,"offset":0}' % len(rows)


def mutated(rng: random.Random, number: int) -> bytes:
    members = [b'"id":"s%d"' % number, b'"domain":"a.com"', b'"question":"q"']
    members.append(b'"status":"%s"' % rng.choice([b"completed", b"COMPLETED", b" Failed "]))
    members += [b'"%b":%b' % (field.encode(), rng.choice(VALUES)) for field in rng.sample(FIELDS, rng.randint(1, 3))]
    return b"{" + b",".join(members) + b"}"


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_one_value_spoils_one_value(value: bytes) -> None:
    """A value that nothing can read loses neither its signal nor the signals beside it."""
    found = read_signal_page(page(b'{"id":"bad","answer":' + value + b"}", GOOD), limit=100, offset=0)
    assert [signal.id for signal in found.signals] == ["bad", "good"]
    assert found.signals[1].raw == GOOD


def test_a_signal_without_an_id_gets_one() -> None:
    """A signal whose id is gone still answers its pair, under an id of its content."""
    row = b'{"id":null,"domain":"a.com","question":"q","status":"completed"}'
    first, again = (read_signal_page(page(row), limit=100, offset=0).signals[0] for _ in range(2))
    assert first.id == again.id
    assert json.loads(first.raw)["id"] == first.id.strip()


@pytest.mark.slow
def test_mutated_signals_all_arrive(tmp_path: Path) -> None:
    """Signals mutated anew each time are all read, in pages and alone; DuckDB reads what is kept, under the same id."""
    seed = random.SystemRandom().randrange(1 << 32)
    rng = random.Random(seed)  # noqa: S311 - repeatable by its seed
    rows = [mutated(rng, number) for number in range(MUTATED)]
    kept = [
        s
        for at in range(0, MUTATED, 100)
        for s in read_signal_page(page(*rows[at : at + 100]), limit=100, offset=0).signals
    ]
    assert [signal.id for signal in kept] == [f"s{number}" for number in range(MUTATED)], f"seed {seed}"
    assert [read_signal(row).id for row in rows[:200]] == [signal.id for signal in kept[:200]], f"seed {seed}"
    assert {signal.status for signal in kept} <= {"completed", "failed"}
    file = tmp_path / "kept.ndjson"
    file.write_bytes(b"".join(signal.raw.replace(b"\n", b" ") + b"\n" for signal in kept))
    columns = "{id: 'VARCHAR', status: 'VARCHAR', answer: 'JSON', sources: 'STRUCT(url VARCHAR)[]', metadata: 'JSON'}"
    sql = f"SELECT id FROM read_json(?, format='newline_delimited', ignore_errors=true, columns={columns})"  # noqa: S608
    assert {name for (name,) in duckdb.execute(sql, [str(file)]).fetchall()} == {s.id for s in kept}, f"seed {seed}"


@pytest.mark.parametrize(
    "row", [b'{"id":"x","answer":{"t":1}', b'{"id":"x"}}', b'{"id":"x","error":"a"b"}', b"[[", b"\xff{"]
)
def test_a_row_that_breaks_its_page(row: bytes) -> None:
    """A page whose brackets do not add up is no page, so that it is read row by row; one of a single row always is."""
    with pytest.raises(UnreadableReplyError):
        read_signal_page(page(row, GOOD), limit=25, offset=0)
    alone = read_signal_page(page(row), limit=1, offset=0)
    assert (alone.total, len(alone.signals) + len(alone.unreadable)) == (1, 1)
