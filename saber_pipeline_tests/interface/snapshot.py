"""The public interface as text: what users, queries and schedules hang on, one fact a line.

``make snapshot`` writes it into ``snapshots/`` anew, and the tables of docs/ that list answer types. The test beside it
compares, so that no move changes the interface unnoticed; what a commit means to change stands in its diff.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path

import click
import dagster as dg
import duckdb
from click.testing import CliRunner

from saber_pipeline.cli import main as saber_pipeline
from saber_pipeline.config.questions.catalog import load_questions
from saber_pipeline.definitions.project import build_project_definitions
from saber_pipeline.warehouse.schema import create_tables
from saber_pipeline.warehouse.views import apply_questions
from saber_pipeline_tests.documents.answer_type_tables import write_tables
from saber_pipeline_tests.interface.answer_types import answer_types

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).with_name("snapshots")
HOW = "make snapshot"
HELP_COLUMNS = 100
SOURCES = """
company_lists: {targets: 6f1c0c0e-2a3b-4c5d-8e9f-000000000001}
contact_searches: {leaders: {company_linkedin_urls: [company/acme], contact_list: leaders}}
subscriptions: {news: 6f1c0c0e-2a3b-4c5d-8e9f-000000000002}
"""


def tables() -> Iterator[str]:
    """Every table and view with the sample questions, and each column with its type and comment."""
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        create_tables(con)
        apply_questions(con, load_questions(ROOT / "data" / "questions.yaml").questions)
        named = con.execute(
            "SELECT 'table', schema_name, table_name, comment FROM duckdb_tables() "
            "WHERE NOT internal AND NOT temporary UNION ALL "
            "SELECT 'view', schema_name, view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY ALL"
        ).fetchall()
        columns: dict[tuple[str, str], list[str]] = {}
        for schema, table, name, kind, comment in con.execute(
            "SELECT schema_name, table_name, column_name, data_type, comment FROM duckdb_columns() "
            "WHERE NOT internal ORDER BY schema_name, table_name, column_index"
        ).fetchall():
            columns.setdefault((schema, table), []).append(f"  {name} {kind} -- {comment or ''}".rstrip())
        for sort, schema, table, comment in named:
            yield f"{sort} {schema}.{table} -- {comment or ''}".rstrip()
            yield from columns.get((schema, table), [])


def definitions() -> Iterator[str]:
    """Assets with their groups, partitions, parents and checks, then jobs, sensors and schedules."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        (Path(folder) / "data").mkdir()
        shutil.copyfile(ROOT / "data" / "questions.yaml", Path(folder) / "data" / "questions.yaml")
        (Path(folder) / "data" / "sources.yaml").write_text(SOURCES, encoding="utf-8")
        kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(("SABER_", "DAGSTER_"))}
        try:
            defs = build_project_definitions()
            graph, repository = defs.resolve_asset_graph(), defs.get_repository_def()
        finally:
            os.environ.update(kept)
    for key in sorted(graph.get_all_asset_keys()):
        asset = graph.get(key)
        partitions = getattr(asset.partitions_def, "name", None) or "none"
        yield f"asset {key.to_user_string()} (group {asset.group_name}, partitions {partitions})"
        yield from sorted(f"  after {parent.to_user_string()}" for parent in asset.parent_keys)
    for check in sorted(graph.asset_check_keys, key=lambda check: (check.asset_key, check.name)):
        yield f"check {check.name} of {check.asset_key.to_user_string()}"
    for job in sorted(name for name in repository.job_names if not name.startswith("__")):
        yield f"job {job}"
        for node in sorted(defs.resolve_job_def(job).nodes, key=lambda node: node.name):
            yield f"  op {node.name}"
            if isinstance(node.definition, dg.OpDefinition):
                yield from sorted(f"    config {line}" for line in _config(node.definition))
    for sensor in sorted(repository.sensor_defs, key=lambda sensor: sensor.name):
        yield f"sensor {sensor.name} ({_switch(sensor.default_status)})"
    for schedule in sorted(repository.schedule_defs, key=lambda schedule: schedule.name):
        cron = schedule.cron_schedule
        yield f"schedule {schedule.name} ({_switch(schedule.default_status)}): {cron} {schedule.execution_timezone}"


def _config(op: dg.OpDefinition) -> Iterator[str]:
    for name, field in getattr(op.config_field.config_type if op.config_field else None, "fields", {}).items():
        default = f" = {field.default_value!r}" if field.default_provided else ""
        yield f"{name}: {field.config_type.key}{default}"


def _switch(status: dg.DefaultSensorStatus | dg.DefaultScheduleStatus) -> str:
    return "on" if status.value == "RUNNING" else "off"


def commands() -> Iterator[str]:
    """The help of ``saber-pipeline`` and of each of its commands."""
    names: list[list[str]] = [[]]
    for name in saber_pipeline.commands:
        command = saber_pipeline.get_command(click.Context(saber_pipeline), name)
        names += (
            [[name], *([name, below] for below in command.commands)] if isinstance(command, click.Group) else [[name]]
        )
    for words in names:
        shown = CliRunner().invoke(
            saber_pipeline, [*words, "--help"], prog_name="saber-pipeline", terminal_width=HELP_COLUMNS
        )
        yield from (line.rstrip() for line in shown.output.splitlines())
        yield "-" * HELP_COLUMNS


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "tables": tables,
    "answer_types": answer_types,
    "definitions": definitions,
    "commands": commands,
}


def text(part: str) -> str:
    """A part of the interface as it is now."""
    return "".join(f"{line}\n" for line in PARTS[part]())


def main() -> int:
    """Write every part and the documents' tables; the exit code."""
    for part in PARTS:
        (FOLDER / f"{part}.txt").write_text(text(part), encoding="utf-8")
    write_tables()
    return 0


if __name__ == "__main__":
    sys.exit(main())
