"""What two steps of a run cost beside N signals owned: ``python -m benchmarks.beside FOLDER N…``.

Prints CPU seconds, the least of five: looking for the known ones among 6,000 new signals, and taking 2,000 published
pairs out of the ledger. The signals owned are 30 days older.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from saber_pipeline.config.paths import DataPaths
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.pairs_in_flight import prune_published
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.warehouse.load_piece import _choose
from saber_pipeline.warehouse.load_sql import load_sql
from saber_pipeline.warehouse.session import open_warehouse

if TYPE_CHECKING:
    import duckdb

DAYS = 86_400.0
OWNED = """
    INSERT INTO signals BY NAME
    SELECT
        uuid()::VARCHAR AS signal_id, 'company' || i // 10 || '.com' AS subject, 'completed' AS status,
        TIMESTAMP '2026-01-01' + to_milliseconds(100 * i) AS created_at, 'question ' || i % 10 AS question_id
    FROM range(?) AS numbers (i)
"""
NEW = """
    CREATE OR REPLACE TEMP TABLE landed AS
    SELECT uuid()::VARCHAR AS id, '2026-03-01T12:00:00Z' AS createdAt FROM range(6_000)
"""


def main() -> None:
    """See above."""
    for owned in map(int, sys.argv[2:]):
        folder = Path(sys.argv[1]) / str(owned)
        shutil.rmtree(folder, ignore_errors=True)
        paths = DataPaths(folder)
        with open_warehouse(paths) as con:
            known = _looking_for_known(con, owned)
        print(
            f"beside {owned:,}: known signals {known:.4f} s, out of the ledger {_out_of_the_ledger(paths, owned):.4f} s"
        )


def _looking_for_known(con: duckdb.DuckDBPyConnection, owned: int) -> float:
    con.execute(load_sql("load_macros"))
    con.execute(OWNED, [owned])
    con.execute("CHECKPOINT")
    con.execute("SET threads = 1")  # as a load does
    seconds = []
    for _ in range(5):
        con.execute(NEW)
        began = time.process_time()
        _choose(con)
        seconds.append(time.process_time() - began)
    return min(seconds)


def _out_of_the_ledger(paths: DataPaths, owned: int) -> float:
    ledger = Ledger.open(paths.ledger)
    pair = {"question_id": "q" * 64, "submission_id": "s" * 32}
    seconds = []
    now = time.time()
    with ledger.transaction() as connection:
        for start in range(0, owned, 20_000):
            rows = [
                pair | {"subject": f"company{n}.com", "signal_id": f"{n:036d}", "published_at": now - 30 * DAYS}
                for n in range(start, start + 20_000)
            ]
            connection.execute(t.published.insert(), rows)
    for number in range(5):
        with ledger.transaction() as connection:
            rows = [
                pair
                | {"subject": f"more{n}.com", "signal_id": f"{number}-{n:030d}", "state": "settled", "settlement": 1}
                for n in range(2_000)
            ]
            connection.execute(sa.insert(t.pairs).values(run_id="", is_cached=False, is_resend=False), rows)
            began = time.process_time()
            prune_published(connection, 1, other_runs=())
            seconds.append(time.process_time() - began)
    ledger.close()
    return min(seconds)


if __name__ == "__main__":
    main()
