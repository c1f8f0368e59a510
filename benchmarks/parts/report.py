"""The report about many accounts: its size, and how soon a browser shows it, each in a process of its own."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.benchmark import ROOT
from benchmarks.command_cost import measure
from benchmarks.target import Target
from saber_pipeline.config.paths import DataPaths
from saber_pipeline.config.questions.catalog import load_questions
from saber_pipeline.warehouse.publish import publish
from saber_pipeline.warehouse.session import warehouse_session
from saber_pipeline.warehouse.views import apply_questions

COMPANIES = 20_000
FILL = Path(__file__).parents[1] / "report_answers.sql"
QUESTIONS = """questions:
  uses_salesforce:
    question: Does this company use Salesforce?
    answer_type: boolean
    weight: important
    qualification_criteria: {yes: good, no: disqualified}
  headcount:
    question: How many employees does this company have?
    answer_type: number
    qualification_criteria: {0-49: poor, 50-999: good, 1000-10000000: excellent}
  is_hiring:
    question: Is this company hiring for sales roles?
    answer_type: boolean
    qualification_criteria: {yes: excellent, no: neutral}
  exports: {question: Does this company sell to other countries?, answer_type: boolean}
  growth: {question: By what percentage did its headcount change over the last year?, answer_type: percentage}
  revenue: {question: What is this company's most recent annual revenue?, answer_type: currency}
  careers_page: {question: What is the address of this company's careers page?, answer_type: url}
  positioning: {question: What does this company say it is for?}
  tools: {question: Which tools does this company's sales team use?, answer_type: list}
  sites: {question: At how many places does this company work?, answer_type: number}
"""


def report(folder: Path, companies: int = COMPANIES) -> tuple[list[Target], dict[str, Any]]:
    """Targets are those of 20,000 accounts and ten questions. Without a Chromium nothing is said of opening it."""
    paths = DataPaths(folder / "data")
    fill(paths, companies)
    cost = _measured("write", paths.data_dir, folder / "written.json")
    written = json.loads((folder / "written.json").read_text())
    _measured("open", Path(written["report"]).resolve(), folder / "opened.json")
    opened = json.loads((folder / "opened.json").read_text())
    about = f"the report about {companies:,} accounts x 10 questions"
    targets = [
        Target(
            "report_megabytes",
            f"size of {about}",
            written["bytes"] / 1e6,
            5,
            "MB",
            how=f"written in {written['seconds']:.1f} s",
        )
    ]
    targets += [
        Target(
            f"report_open_{screen}",
            f"opening it, {screen}",
            took["seconds"],
            2,
            "s",
            how=f"CPU of the page {took['cpu_seconds']:.1f} s",
        )
        for screen, took in opened.items()
    ]
    return targets, {"write": {**vars(cost), **written}, "open": opened}


def fill(paths: DataPaths, companies: int) -> None:
    """A published warehouse with answers about so many companies."""
    paths.data_dir.mkdir(parents=True, exist_ok=True)
    paths.questions_file.write_text(QUESTIONS, encoding="utf-8")
    questions = load_questions(paths.questions_file).questions
    with warehouse_session(paths) as session:
        con = session.con
        con.execute("CREATE TEMP TABLE asked (key VARCHAR, question VARCHAR, question_id VARCHAR, answer_type VARCHAR)")
        con.executemany(
            "INSERT INTO asked VALUES (?, ?, ?, ?)",
            [(each.key, each.text, each.question_id, each.answer_type.value) for each in questions],
        )
        values = {"companies": companies, "now": datetime.now(UTC).replace(tzinfo=None)}
        for statement in con.extract_statements(FILL.read_text(encoding="utf-8")):
            con.execute(statement, {name: values[name] for name in statement.named_parameters})
        apply_questions(con, questions)
        publish(session)


def _measured(what: str, source: Path, out: Path) -> Any:
    command = [sys.executable, "-m", "benchmarks.report_run", what, str(source), str(out)]
    return measure(command, cwd=ROOT, environment={}, log=out.with_suffix(".log"))
