"""The entry point of ``saber-pipeline``, where its commands come together."""

from __future__ import annotations

import sys

import click

from saber_pipeline.cli.add_command import add
from saber_pipeline.cli.answers_command import answers
from saber_pipeline.cli.doctor_command import doctor
from saber_pipeline.cli.exit_codes import EXIT_CODES, Commands
from saber_pipeline.cli.export_command import export
from saber_pipeline.cli.init_command import init
from saber_pipeline.cli.lists_command import lists
from saber_pipeline.cli.move_ledger_command import move_ledger
from saber_pipeline.cli.plan_command import plan
from saber_pipeline.cli.rebuild_command import rebuild
from saber_pipeline.cli.report_command import report
from saber_pipeline.cli.run_command import run
from saber_pipeline.cli.sandbox_command import sandbox
from saber_pipeline.cli.schemas import schemas
from saber_pipeline.cli.share_command import share
from saber_pipeline.cli.status_command import status
from saber_pipeline.cli.webhooks_command import webhooks
from saber_pipeline.runs.gc_tuning import collect_seldom


@click.group(cls=Commands, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="saber-pipeline")
def main() -> None:
    """AI research about accounts, as typed DuckDB tables.

    Commands work in the current folder: its .env, its data/ and its Dagster instance.
    """
    collect_seldom()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal or pipe that cannot show every character


ABOUT_ANSWERS = (init, doctor, add, lists, plan, run, status, answers, export, report)
for command in (*ABOUT_ANSWERS, webhooks, sandbox, rebuild, move_ledger, share, schemas):
    main.add_command(command)
