"""The entry point of ``saber-pipeline``, where its commands come together."""

from __future__ import annotations

import sys

import click

from saber_pipeline.cli.exit_codes import EXIT_CODES, Commands
from saber_pipeline.cli.known_commands import KnownCommands
from saber_pipeline.runs.gc_tuning import collect_seldom, end_without_search

ABOUT_ANSWERS = ("init", "doctor", "add", "lists", "plan", "run", "status", "answers", "export", "report")
OTHERS = ("webhooks", "sandbox", "rebuild", "move-ledger", "share", "schemas")


@click.group(
    cls=Commands,
    commands=KnownCommands((*ABOUT_ANSWERS, *OTHERS)),
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="saber-pipeline")
def main() -> None:
    """AI research about accounts, as typed DuckDB tables.

    Commands work in the current folder: its .env, its data/ and its Dagster instance.
    """
    collect_seldom()
    end_without_search()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal or pipe that cannot show every character
