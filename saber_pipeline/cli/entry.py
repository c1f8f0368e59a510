"""The entry point of ``saber-pipeline``, where its commands come together."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from saber_pipeline.cli.exit_codes import EXIT_CODES, Commands
from saber_pipeline.runs.gc_tuning import collect_never, collect_seldom, end_without_search

ABOUT_ANSWERS = ("init", "doctor", "add", "lists", "plan", "run", "status", "answers", "export", "report")
THAT_LOOK = ("doctor", "lists", "plan", "status", "answers", "schemas")
OTHERS = ("webhooks", "sandbox", "rebuild", "move-ledger", "share", "schemas")
_STANDARD_ERROR = 2


class LazyCommands(Commands):
    """Imports a command's file when the command is needed: ``move-ledger`` is ``move_ledger`` of its file."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in self.commands:
            return None
        attribute = cmd_name.replace("-", "_")
        command = getattr(import_module(f"saber_pipeline.cli.{attribute}_command"), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - one of our own
        return command


def open_closed_streams() -> None:
    """Lead closed standard streams (``>&-``) to nowhere. Else the next file that is opened, such as a database, would
    have the number of the standard output, and whatever prints would write into it."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STANDARD_ERROR:
        pass
    os.close(descriptor)
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - for the process's life
    sys.stderr = sys.stderr or open(_STANDARD_ERROR, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - likewise


@click.group(
    cls=LazyCommands,
    commands={name: click.Command(name) for name in (*ABOUT_ANSWERS, *OTHERS)},  # names; get_command has the commands
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="saber-pipeline")
@click.pass_context
def main(context: click.Context) -> None:
    """AI research about accounts, as typed DuckDB tables.

    Commands work in the current folder: its .env, its data/ and its Dagster instance.
    """
    open_closed_streams()
    if context.invoked_subcommand in THAT_LOOK:
        collect_never()
    else:
        collect_seldom()
    end_without_search()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal or pipe that cannot show every character
