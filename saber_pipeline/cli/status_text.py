"""Tables, ids and times in ``saber-pipeline status``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from saber_pipeline.cli.sentences import say


def section(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table under its title; nothing where it has no rows."""
    from saber_pipeline.cli.terminal import print_table

    if rows:
        say(f"{title}:")
        print_table(columns, rows)
        say()


def short_id(run_id: str) -> str:
    """On a terminal, the short form that Dagster's UI uses."""
    from saber_pipeline.cli.terminal import is_terminal

    return run_id[:8] if is_terminal() else run_id


def utc(seconds: float) -> str:
    """A time in seconds since 1970, as text."""
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(sep=" ", timespec="seconds").removesuffix("+00:00") + "Z"
