"""What conditions cost, with and without: ``python -m benchmarks.conditions plan FOLDER`` or ``… run FOLDER``.

``plan``: 1,000,000 companies x 10 questions, half of the pairs owned, three of the questions with ``ask_if``, against
the same without. ``run``: 5,000 companies, a gate and nine questions behind it, against the same pairs without a gate,
at the local API, where pairs complete one after another.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.benchmark import ROOT
from benchmarks.command_cost import measure
from benchmarks.parts.planning import FULL, _fill_ledger, fill_warehouse
from benchmarks.questions import QUESTIONS
from saber_pipeline.api.client import SaberClient
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.question import AnswerType, Question
from saber_pipeline.config.questions.subject_kinds import COMPANIES as COMPANIES_KIND
from saber_pipeline.config.secrets import ApiKey
from saber_pipeline.config.settings import Settings
from saber_pipeline.ledger.store import Ledger
from saber_pipeline.planning.plan import PlanRules, Selection, keep_candidates, make_plan
from saber_pipeline.runs.answers import run_answers
from saber_pipeline.runs.requests import RunRequest
from saber_pipeline.warehouse.session import warehouse_session

if TYPE_CHECKING:
    from collections.abc import Iterator

CONDITIONS = {
    "products": "uses_salesforce",
    "growth": "headcount > 200 AND uses_salesforce",
    "funding": "crm IS NOT NULL OR headcount > 5000",
}
COMPANIES, SIGNALS_PER_SECOND, RESEARCH_SECONDS, LAG_SECONDS = 5_000, 70, 5, 5
KEY = "sk_sandbox_bench"
PASSES = "md5(domain) < '3'"  # three sixteenths, so that both variants know what they ask
GATE = Question("gate", "Does this company use a CRM?", AnswerType.BOOLEAN)
REST = tuple(Question(f"rest_{number}", f"What is fact {number} about this company?") for number in range(9))


def main() -> None:
    """See above."""
    what, folder = sys.argv[1], Path(sys.argv[2])
    if what == "plan":
        told = planning(folder)
    elif what == "plan_once":
        told = plan_once(DataPaths(folder), with_conditions=sys.argv[3] == "with")
    else:
        told = running(folder)
    print(json.dumps(told, indent=2))


def planning(folder: Path) -> dict[str, Any]:
    """Both plans, each in a process of its own."""
    paths = DataPaths(folder / "data")
    fill_warehouse(paths, FULL)
    _fill_typed(paths)
    _fill_ledger(paths, FULL)
    told: dict[str, Any] = {}
    for variant in ("without", "with", "without", "with"):
        log = folder / "plan.log"
        process = measure(
            [sys.executable, "-m", "benchmarks.conditions", "plan_once", str(paths.data_dir), variant],
            cwd=ROOT,
            environment={},
            log=log,
        )
        once = json.loads(log.read_text()) | {"peak_megabytes": process.peak_megabytes}
        told[variant] = min(told.get(variant, once), once, key=lambda each: each["cpu_seconds"])
    return told | {"ratio_of_cpu": told["with"]["cpu_seconds"] / told["without"]["cpu_seconds"]}


def plan_once(paths: DataPaths, *, with_conditions: bool) -> dict[str, Any]:
    """As a run plans: decide about every pair, and keep the candidates."""
    asked = tuple(replace(q, ask_if=CONDITIONS.get(q.key)) if with_conditions else q for q in QUESTIONS)
    ledger = Ledger.open(paths.ledger_file)
    rules = PlanRules(datetime.now(UTC), cache_hours=12, stuck_after_hours=24)
    with warehouse_session(paths) as session, ledger.reading() as connection:
        began, worked = time.perf_counter(), time.process_time()
        made = make_plan(session.con, connection, Selection(("bench",), asked), rules, live_runs=())
        keep_candidates(session.con, paths.data_dir / "candidates.parquet")
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - worked
    ledger.close()
    totals = {status.value: pairs for status, pairs in made.totals.items()}
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, "totals": totals}


def _fill_typed(paths: DataPaths) -> None:
    """The values that the conditions read, for the answers that ``fill_warehouse`` made."""
    values = {"boolean": "number % 5 = 0", "number": "(number % 1000)::DOUBLE", "open_text": "'HubSpot'"}
    with warehouse_session(paths) as session:
        for table, value in values.items():
            question = next(q for q in QUESTIONS if q.answer_type == table)
            answers = "SELECT *, hash(subject) AS number FROM signals"
            columns = f"signal_id, subject, question_id, completed_at, confidence, {value} AS value"
            session.con.execute(
                f"INSERT INTO answers_{table} BY NAME SELECT {columns} FROM ({answers}) WHERE question_id = ?",  # noqa: S608 - constants
                [question.question_id],
            )
        session.close_connection()


def running(folder: Path) -> dict[str, Any]:
    """The pairs behind a gate in one run, and the same pairs without a gate in another, at one server each."""
    told: dict[str, Any] = {}
    passing = f"gate IS NOT NULL AND {PASSES}"
    variants = {
        "without_gate": (GATE, *(replace(question, ask_if=PASSES) for question in REST)),
        "with_gate": (GATE, *(replace(question, ask_if=passing) for question in REST)),
    }
    for variant, asked in variants.items():
        lists = DataPaths(folder / variant).lists(COMPANIES_KIND)
        lists.mkdir(parents=True)
        domains = (f"company{number:05d}.com" for number in range(COMPANIES))
        (lists / "bench.csv").write_text("domain\n" + "\n".join(domains) + "\n")
        with _server(folder / f"{variant}.ready") as base_url:
            began = time.perf_counter()
            result = run_answers(
                RunRequest("bench", Selection(("bench",), asked)),
                Settings(ApiKey(KEY), base_url, folder / variant, collect_lag_seconds=LAG_SECONDS),
                asked,
                new_client=partial(SaberClient, KEY, base_url),
                report=lambda _progress: None,
            )
            told[variant] = {
                "seconds": time.perf_counter() - began,
                "posts": result.spending.posts,
                "bought": result.spending.signals_bought,
                "accounts": str(result.outcomes),
            }
    return told | {"ratio": told["with_gate"]["seconds"] / told["without_gate"]["seconds"]}


@contextmanager
def _server(ready: Path) -> Iterator[str]:
    """The local API, with a speed that a list of this size takes minutes at."""
    started = (
        "import sys, uvloop; from pathlib import Path; from benchmarks import server; "
        f"server.SIGNALS_PER_SECOND, server.RESEARCH_SECONDS = {SIGNALS_PER_SECOND}, {RESEARCH_SECONDS}; "
        "uvloop.run(server.serve(Path(sys.argv[1])))"
    )
    process = subprocess.Popen([sys.executable, "-c", started, str(ready)], cwd=ROOT)  # noqa: S603 - our own
    try:
        while not ready.exists():
            time.sleep(0.1)
        yield ready.read_text()
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
