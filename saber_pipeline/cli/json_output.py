"""What a command prints on stdout with ``--json``: one JSON value, also if the command fails."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import click

JsonValue = Any  # what json.dumps takes
WANTED, IS_PRINTED, SO_FAR = (f"{__name__}.{name}" for name in ("wanted", "is_printed", "so_far"))
"""Keys of the context's ``meta``, which a command shares with the group."""


def look_for_json(context: click.Context, words: Sequence[str]) -> None:
    """Note whether the command line asks for JSON. A line with a mistake tells it too, though click gives no option."""
    context.meta[WANTED] = "--json" in words


def print_json(value: JsonValue) -> None:
    """Print the command's result."""
    begin_json()
    _echo(value)


def begin_json() -> None:
    """The command prints its result from here on: a failure adds nothing to it."""
    context = click.get_current_context(silent=True)
    if context is not None:
        context.meta[IS_PRINTED] = True


def note_so_far(value: dict[str, JsonValue]) -> None:
    """Keep what the command has done so far, which its result tells too if it fails."""
    context = click.get_current_context(silent=True)
    if context is not None:
        context.meta[SO_FAR] = value


def print_failure(context: click.Context, error: click.ClickException) -> None:
    """Where JSON is due, print what was done so far, the sentence of stderr as ``error``, and the ``exit_code``."""
    if context.meta.get(WANTED) and not context.meta.get(IS_PRINTED):
        done = context.meta.get(SO_FAR, {})
        with suppress(OSError):  # a full disk, a closed pipe: stderr and the exit code tell it all the same
            _echo({**done, "error": error.format_message(), "exit_code": error.exit_code})


def _echo(value: JsonValue) -> None:
    from saber_pipeline.foreign_text import json_for_terminals
    from saber_pipeline.warehouse.json_file import json_text

    click.echo(json_for_terminals(json_text(value, indent=2)))
