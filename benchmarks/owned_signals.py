"""What steps of a run cost beside N signals owned: ``python -m benchmarks.owned_signals FOLDER N…``.

Prints CPU seconds, the least of five: looking for the known ones among 6,000 new signals, telling the outcomes of
20,000 pairs, publishing 20,000 signals more and copying the file instead, and taking 2,000 published pairs out of the
ledger (up to a million signals: a larger one takes longer to make than everything else). The signals owned are older by
30 days.
"""

from __future__ import annotations

import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from benchmarks.contenders.ours import Stopwatch
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.ledger import tables as t
from saber_pipeline.ledger.pairs_in_flight import prune_published
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.planning.sql import PLANNING_SQL
from saber_pipeline.runs.outcomes import Outcome, settle_outcomes
from saber_pipeline.warehouse import publish as publishing
from saber_pipeline.warehouse.file_copy import copy_file
from saber_pipeline.warehouse.load_piece import _choose
from saber_pipeline.warehouse.load_sql import load_sql
from saber_pipeline.warehouse.session import open_warehouse, warehouse_session
from saber_pipeline.warehouse.sql import literal, read_sql

if TYPE_CHECKING:
    import duckdb

DAYS = 86_400.0
OWNED = """
    INSERT INTO signals BY NAME
    SELECT
        uuid()::VARCHAR AS signal_id, 'company' || i // 10 || '.com' AS subject, 'completed' AS status,
        TIMESTAMP '2026-01-01' + to_milliseconds(100 * i) AS created_at, created_at AS landed_at,
        'question ' || i % 10 AS question_id, repeat(md5(i::VARCHAR), 8) AS reasoning
    FROM range(?) AS numbers (i)
"""
NEW = """
    CREATE OR REPLACE TEMP TABLE landed AS
    SELECT uuid()::VARCHAR AS id, '2026-03-01T12:00:00Z' AS createdAt FROM range(6_000)
"""


BEGAN = datetime(2026, 3, 1, 11, tzinfo=UTC).replace(tzinfo=None)
MORE = """
    INSERT INTO signals BY NAME
    SELECT
        uuid()::VARCHAR AS signal_id, $1 || i // 10 || '.com' AS subject, 'completed' AS status, true AS answer_typed,
        TIMESTAMP '2026-03-01 12:00:00' AS created_at, created_at AS completed_at, created_at AS landed_at,
        'question ' || i % 10 AS question_id, md5(i::VARCHAR) AS reasoning
    FROM range(20_000) AS numbers (i)
"""
CANDIDATES = """
    SELECT question_id, question_id AS question_key, subject, NULL::VARCHAR AS known_signal_id
    FROM signals WHERE starts_with(subject, 'outcomes')
"""
OUTCOME_TABLES = {
    "open_pairs": "question_id VARCHAR, subject VARCHAR",
    "settled_pairs": "question_id VARCHAR, subject VARCHAR",
    "skipped_pairs": "question_id VARCHAR, subject VARCHAR, is_refusal BOOLEAN",
    "held_back_pairs": "question_id VARCHAR, subject VARCHAR",
    "held_back_questions": "question_id VARCHAR",
}
LARGEST_LEDGER = 1_000_000


def main() -> None:
    """See above."""
    for owned in map(int, sys.argv[2:]):
        folder = Path(sys.argv[1]) / str(owned)
        shutil.rmtree(folder, ignore_errors=True)
        paths = DataPaths(folder)
        with open_warehouse(paths) as con:
            known = _looking_for_known(con, owned)
            outcomes = _telling_outcomes(con, folder)
        published, made, copied, size_bytes = _publishing(paths)
        print(
            f"beside {owned:,}: known signals {known:.4f} s, outcomes {outcomes:.4f} s, checkpoint and "
            f"publication {published:.4f} s, of that the version {made:.4f} s; copying {size_bytes / 1e6:,.0f} MB "
            f"{copied:.4f} s",
            flush=True,
        )
        if owned <= LARGEST_LEDGER:
            print(f"beside {owned:,}: out of the ledger {_out_of_the_ledger(paths, owned):.4f} s", flush=True)


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


def _telling_outcomes(con: duckdb.DuckDBPyConnection, folder: Path) -> float:
    candidates = folder / "candidates.parquet"
    con.execute(read_sql("macros", PLANNING_SQL))
    for table, columns in OUTCOME_TABLES.items():
        con.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({columns})")
    con.execute(MORE, ["outcomes"])
    con.execute(f"COPY ({CANDIDATES}) TO {literal(str(candidates))} (FORMAT parquet)")
    con.execute("CHECKPOINT")
    seconds = []
    for _ in range(5):
        began = time.process_time()
        found = settle_outcomes(con, candidates, BEGAN)
        seconds.append(time.process_time() - began)
    if found != {Outcome.ANSWERED: 20_000}:
        raise RuntimeError(f"wrong outcomes: {found}")
    return min(seconds)


def _publishing(paths: DataPaths) -> tuple[float, float, float, int]:
    """Checkpoint and publication, of that the making of the new version, a plain copy, and the file's size."""
    publications, versions, copies = [], [], []
    making = Stopwatch(publishing, "copy_file")
    for number in range(7):  # the first two have no older version to write over
        before = making.cpu_seconds
        with warehouse_session(paths) as session:
            session.con.execute(MORE, [f"more {number}"])
            began = time.process_time()
            size_bytes = publishing.publish(session).bytes
            publications.append(time.process_time() - began)
        versions.append(making.cpu_seconds - before)
        began = time.process_time()
        copy_file(paths.warehouse_file, paths.data_dir / "copy")
        copies.append(time.process_time() - began)
        (paths.data_dir / "copy").unlink()
    return min(publications[2:]), min(versions[2:]), min(copies), size_bytes


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
