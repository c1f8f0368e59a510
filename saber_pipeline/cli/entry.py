"""The entry point of ``saber-pipeline``, where its commands come together."""

from __future__ import annotations

import sys
from collections.abc import Iterator, MutableMapping, Sequence
from importlib import import_module

import click

from saber_pipeline.cli.exit_codes import EXIT_CODES, Commands
from saber_pipeline.runs.gc_tuning import collect_seldom, end_without_search


class KnownCommands(MutableMapping[str, click.Command]):
    """``status`` is ``status`` of ``status_command.py``, ``move-ledger`` is ``move_ledger`` of its file, and so on."""

    def __init__(self, names: Sequence[str]) -> None:
        self._commands: dict[str, click.Command | None] = dict.fromkeys(names)

    def __getitem__(self, name: str) -> click.Command:
        """Raises KeyError where there is no such command."""
        found = self._commands[name]
        if found is None:
            attribute = name.replace("-", "_")
            found = getattr(import_module(f"saber_pipeline.cli.{attribute}_command"), attribute)
            assert isinstance(found, click.Command)  # noqa: S101 - one of our own
            self._commands[name] = found
        return found

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._commands[name] = command

    def __delitem__(self, name: str) -> None:
        del self._commands[name]

    def __contains__(self, name: object) -> bool:
        return name in self._commands

    def __iter__(self) -> Iterator[str]:
        return iter(self._commands)

    def __len__(self) -> int:
        return len(self._commands)


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
