"""Planning a large list against a large warehouse, and reading a messy list, each in a process of its own."""

from __future__ import annotations

import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.benchmark import ROOT
from benchmarks.command_cost import measure
from benchmarks.questions import QUESTIONS
from benchmarks.target import Target
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.ledger.questions import remember_questions
from saber_pipeline.ledger.runs import lease
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.warehouse.session import warehouse_session
from saber_pipeline.warehouse.views import apply_questions

RULES = (
    "{0}.com", "https://www.{0}.com/", "http://{0}.de/about?x=1", "INFO@{0}.co.uk", "www.{0}.com", "{0}", "n/a",
    "{0}.com, {0}.de", "https://www.linkedin.com/company/{0}", " {0}.com ", "Acme {0} GmbH ({0}.at)",
    "m\u00fcller-{0}.de",
)  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """How large a plan is made. ``owned`` pairs are in the warehouse, ``in_flight`` in the ledger."""

    domains: int
    owned: int
    in_flight: int
    messy_rows: int


FULL = Sizes(domains=1_000_000, owned=5_000_000, in_flight=200_000, messy_rows=1_000_000)


def planning(folder: Path, sizes: Sizes = FULL) -> tuple[list[Target], dict[str, Any]]:
    """Targets are those of the full size; a smaller one is held against its share of them."""
    paths = DataPaths(folder / "data")
    share = sizes.domains / FULL.domains
    fill_warehouse(paths, sizes)
    _fill_ledger(paths, sizes)
    plan = measure(
        [sys.executable, "-m", "benchmarks.planning_run", "plan", str(paths.data_dir), str(folder / "plan.json")],
        cwd=ROOT,
        environment={},
        log=folder / "plan.log",
    )
    reported = json.loads((folder / "plan.json").read_text())
    _write_messy_list(folder / "messy.csv", sizes.messy_rows)
    normalise = measure(
        [
            sys.executable,
            "-m",
            "benchmarks.planning_run",
            "normalise",
            str(folder / "messy.csv"),
            str(folder / "n.json"),
        ],
        cwd=ROOT,
        environment={},
        log=folder / "normalise.log",
    )
    read = json.loads((folder / "n.json").read_text())
    about = (
        f"{sizes.domains:,} domains x {len(QUESTIONS)} questions, {sizes.owned:,} owned, {sizes.in_flight:,} in flight"
    )
    return [
        Target(
            f"plan_{sizes.domains}",
            f"plan {about}",
            reported["seconds"],
            10 * share,
            "s",
            how=f"CPU {reported['cpu_seconds']:.1f} s",
        ),
        Target(f"plan_{sizes.domains}_megabytes", "peak memory of planning it", plan.peak_megabytes, 1_000, "MB"),
        Target(
            f"normalise_{sizes.messy_rows}",
            f"normalise {sizes.messy_rows:,} messy rows",
            read["seconds"],
            15 * sizes.messy_rows / FULL.messy_rows,
            "s",
            how=f"CPU {read['cpu_seconds']:.1f} s",
        ),
    ], {"plan": {**vars(plan), **reported}, "normalise": {**vars(normalise), **read}}


def fill_warehouse(paths: DataPaths, sizes: Sizes) -> None:
    """Every domain in the list ``bench``, and the first pairs answered a day ago."""
    with warehouse_session(paths) as session:
        con = session.con
        apply_questions(con, QUESTIONS)
        con.execute(
            "INSERT INTO internal.list_entries BY NAME SELECT 'bench' AS \"list\", 'company' AS subject_type, "
            "i + 1 AS row_number, name AS raw_value, name AS subject, 'used' AS outcome, '{}' AS attributes "
            "FROM (SELECT i, printf('company%07d.com', i) AS name FROM range(?) AS t(i))",
            [sizes.domains],
        )
        con.execute(
            "CREATE TEMP TABLE asked AS SELECT unnest(?::VARCHAR[]) AS question_id, unnest(range(?)) AS number",
            [[q.question_id for q in QUESTIONS], len(QUESTIONS)],
        )
        con.execute(
            """INSERT INTO signals BY NAME
            SELECT md5(i::VARCHAR) AS signal_id, 'company' AS subject_type,
                printf('company%07d.com', i // $questions) AS subject, question_id, 'completed' AS status,
                now()::TIMESTAMP - INTERVAL 1 DAY AS created_at, now()::TIMESTAMP - INTERVAL 1 DAY AS completed_at,
                0.9 AS confidence, printf('{"type":"boolean","boolean":{"value":%s}}', i % 2 = 0) AS answer_json,
                true AS answer_typed, now()::TIMESTAMP - INTERVAL 1 DAY AS landed_at
            FROM range($owned) AS t(i) JOIN asked ON asked.number = i % $questions""",
            {"questions": len(QUESTIONS), "owned": sizes.owned},
        )
        session.close_connection()


def _fill_ledger(paths: DataPaths, sizes: Sizes) -> None:
    """The last pairs are on their way, bought by a run that is over."""
    ledger = Ledger.open(paths.ledger_file)
    first = sizes.domains - sizes.in_flight // len(QUESTIONS)
    with lease(ledger, "before", lease_seconds=60), ledger.transaction() as connection:
        remember_questions(connection, QUESTIONS)
        connection.exec_driver_sql(
            "INSERT INTO submissions (submission_id, run_id, route, state, force_refresh, signals, intended_at) "
            "VALUES ('s', 'before', 'async', 'accepted', 0, ?, 0)",
            (sizes.in_flight,),
        )
        for question in QUESTIONS:
            connection.exec_driver_sql(
                "INSERT INTO pairs (question_id, subject, state, run_id, submission_id, is_cached, is_resend) "
                "VALUES (?, ?, 'sent', 'before', 's', 0, 0)",
                [(question.question_id, f"company{number:07d}.com") for number in range(first, sizes.domains)],
            )
    ledger.close()


def _write_messy_list(file: Path, rows: int) -> None:
    dice = random.Random(1)  # noqa: S311 - repeatable, guards nothing
    with file.open("w") as lines:
        lines.write("name,website,owner\n")
        for number in range(rows):
            cell = dice.choice(RULES).format(f"company{number}")
            lines.write(f'Company {number},"{cell}",owner{number % 97}\n')
