"""Ledgers of older versions, and how much room reasons take."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from saber_pipeline.errors import StorageError
from saber_pipeline.ledger import migrations
from saber_pipeline.ledger.balances import refusal_rows
from saber_pipeline.ledger.claims import Pair, skip_pairs
from saber_pipeline.ledger.reasons import LONGEST_REASON, Reason
from saber_pipeline.ledger.spending import spending_rows, spent_between, take_off_pairs
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.ledger.tables import SkipKind

if TYPE_CHECKING:
    from pathlib import Path

UNSERVED_OF_VERSION_0 = """
    CREATE TABLE unserved (
        run_id TEXT NOT NULL, question_id TEXT NOT NULL, subject TEXT NOT NULL, kind TEXT NOT NULL,
        reason TEXT NOT NULL, at FLOAT NOT NULL, PRIMARY KEY (run_id, question_id, subject)
    ) WITHOUT ROWID
"""
LATER_COLUMNS = (
    ("submissions", "machine_intended_at"),
    ("submissions", "machine_unknown_at"),
    ("pairs", "known_created_at"),
    ("researches", "machine_intended_at"),
    ("summary_requests", "machine_at"),
)
LONG_REASON = "no\x1b[31m such\ndomain " + "x" * 100_000


def ledger_of_version_0(path: Path, *, pairs: int = 300) -> None:
    """A ledger as it was made before versions were counted, in which each refused pair has its reason."""
    Ledger.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE unserved")
    connection.execute("DROP TABLE reasons")
    connection.execute(UNSERVED_OF_VERSION_0)
    for table, column in LATER_COLUMNS:
        connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    rows = [("run.1", "q", f"{n}.example", "invalid", LONG_REASON if n else "short", 1e9 + n) for n in range(pairs)]
    connection.executemany("INSERT INTO unserved VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.execute(
        "INSERT INTO submissions VALUES ('s', 'run', 'async', 'refused', 0, 1, 1e9, 1, 1, 'b', ?, 1)", [LONG_REASON]
    )
    connection.execute("PRAGMA user_version = 0")
    connection.commit()
    connection.close()


def test_an_older_ledger_goes_on(tmp_path: Path) -> None:
    """A ledger with a long reason beside each pair keeps its refusals, cut and each text once, and shrinks."""
    path = tmp_path / "ledger.sqlite"
    ledger_of_version_0(path)
    size_before = path.stat().st_size
    ledger = Ledger.open(path)
    with ledger.reading() as connection:
        rows = refusal_rows(connection)
        kept = connection.exec_driver_sql("SELECT reason FROM reasons").scalars().all()
        submission = connection.exec_driver_sql("SELECT reason FROM submissions").scalar_one()
    ledger.close()
    assert {row[1] for row in rows} == {f"{n}.example" for n in range(300)}
    assert len(kept) == 2
    long = max(kept, key=len)
    assert long.startswith("no such domain xxx")
    assert len(long) == LONGEST_REASON
    assert submission == long
    assert path.stat().st_size < size_before / 50


def test_a_migration_happens_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies while it migrates leaves the older ledger as it was; the next one migrates it."""
    path = tmp_path / "ledger.sqlite"
    ledger_of_version_0(path, pairs=5)

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(migrations, "STEPS", [*migrations.STEPS, cut_off])
        with pytest.raises(KeyboardInterrupt):
            Ledger.open(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (0,)
        assert connection.execute("SELECT count(reason) FROM unserved").fetchone() == (5,)
    connection.close()
    ledger = Ledger.open(path)
    with ledger.reading() as reading:
        assert len(refusal_rows(reading)) == 5
    ledger.close()


def test_a_newer_ledger_is_refused(tmp_path: Path) -> None:
    """A ledger of a later version is left alone: this one would not know what stands in it."""
    path = tmp_path / "ledger.sqlite"
    Ledger.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 1000")
    connection.close()
    with pytest.raises(StorageError, match="newer version"):
        Ledger.open(path)


@pytest.mark.parametrize("ledger_place", ["sqlite"], indirect=True)  # it measures the file
def test_one_reason_for_many_pairs(ledger: Ledger) -> None:
    """800 pairs refused with one message of 110,000 characters add a single short text to the ledger."""
    pairs = [Pair("q", f"{n}.example") for n in range(800)]
    with ledger.transaction() as connection:
        skip_pairs(connection, "run.1", pairs, SkipKind.INVALID, "y" * 110_000)
        skip_pairs(connection, "run.1", pairs[:3], SkipKind.INVALID, "something else")
    with ledger.reading() as connection:
        size = connection.exec_driver_sql(
            "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        ).scalar_one()
        said = {row[1]: row[2] for row in refusal_rows(connection)}
    assert len(said) == 800
    assert said["1.example"] == "something else"
    assert said["700.example"] == "y" * (LONGEST_REASON - 1) + "…"
    assert size < 500_000


def test_what_was_spent_before_it_was_kept(tmp_path: Path) -> None:
    """An older ledger's purchases become spending once: by question as far as pairs are known, the refused ones not."""
    path = tmp_path / "ledger.sqlite"
    Ledger.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE spending")
    connection.execute("ALTER TABLE pairs DROP COLUMN list_name")
    connection.execute("ALTER TABLE pairs DROP COLUMN is_free")
    connection.execute("ALTER TABLE researches DROP COLUMN list_name")
    for name, state in (("a", "collected"), ("b", "refused"), ("c", "unknown")):
        connection.execute(
            "INSERT INTO submissions (submission_id, run_id, route, state, force_refresh, signals, intended_at) "
            "VALUES (?, 'run.1', 'async', ?, 0, 5, 1e9)",
            [name, state],
        )
    connection.execute("INSERT INTO questions VALUES ('q', 'size', '{}', 1)")
    connection.executemany("INSERT INTO published VALUES ('q', ?, 'a', ?, 1e9)", [(f"s{n}", f"i{n}") for n in range(3)])
    connection.execute(
        "INSERT INTO pairs (question_id, subject, state, run_id, submission_id, is_cached, is_resend) "
        "VALUES ('q', 's9', 'sent', 'run.1', 'c', 0, 0)"
    )
    connection.execute("PRAGMA user_version = 3")
    connection.commit()
    connection.close()
    for opened in (Ledger.open_to_read, Ledger.open, Ledger.open):
        ledger = opened(path)
        with ledger.reading() as reading:
            rows = [row[1:6] for row in spending_rows(reading, price=Decimal(2))]
            spent = spent_between(reading, 0, 2e9, price=Decimal(2))
        ledger.close()
        assert sorted(rows) == [
            ("", "", None, "run.1", 6),
            ("", "q", "size", "run.1", 4),
        ]
        assert spent.total == 20
        assert spent.on("q", "size") == 8
        if opened == Ledger.open_to_read:
            with sqlite3.connect(path) as untouched:
                assert untouched.execute("PRAGMA user_version").fetchone() == (3,)
            untouched.close()
    with ledger.transaction() as connection_after:
        take_off_pairs(connection_after, [Pair("q", "s9"), Pair("q", "s9")])
        take_off_pairs(connection_after, [Pair("q", "s9")])
        assert spent_between(connection_after, 0, 2e9, price=Decimal(2)).total == 18
    ledger.close()


def test_reasons_without_advice_go_on(tmp_path: Path) -> None:
    """A ledger that kept only the text of a reason keeps its refusals, and a new one may say more in the same text."""
    path = tmp_path / "ledger.sqlite"
    Ledger.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE reasons")
    connection.execute(
        "CREATE TABLE reasons (reason_number INTEGER NOT NULL, reason TEXT NOT NULL, "
        "PRIMARY KEY (reason_number), UNIQUE (reason))"
    )
    connection.executemany("INSERT INTO reasons VALUES (?, ?)", [(4, "no such company"), (9, "too long")])
    rows = [("run.1", "q", "a.example", "invalid", 4, 1e9), ("run.1", "q", "b.example", "invalid", 9, 1e9)]
    connection.executemany("INSERT INTO unserved VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.execute("PRAGMA user_version = 4")
    connection.commit()
    connection.close()
    ledger = Ledger.open(path)
    more = Reason("too long", "LENGTH", "Shorten it", '{"most":500}')
    with ledger.transaction() as writing:
        skip_pairs(writing, "run.2", [Pair("q", "c.example"), Pair("q", "d.example")], SkipKind.INVALID, more)
        skip_pairs(writing, "run.2", [Pair("q", "e.example")], SkipKind.INVALID, more)
    with ledger.reading() as reading:
        told = {row[1]: Reason(*row[2:6]) for row in refusal_rows(reading)}
        kept = reading.exec_driver_sql("SELECT count(*) FROM reasons").scalar_one()
    ledger.close()
    assert told == {
        "a.example": Reason("no such company"),
        "b.example": Reason("too long"),
        **dict.fromkeys(("c.example", "d.example", "e.example"), more),
    }
    assert kept == 3
