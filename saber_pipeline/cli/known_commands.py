"""The commands by their names: the file of each is imported when it is asked for, not those of all others."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from importlib import import_module

import click


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
