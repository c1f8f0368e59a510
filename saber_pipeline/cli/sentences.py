"""Prints the sentences of commands. On a narrow terminal they wrap between words; elsewhere they are unchanged."""

from __future__ import annotations

import shutil
import sys
from typing import IO, Any

import click

LEAST_ROOM = 20
"""Places that a line keeps beside its indent; where a terminal has fewer, the indent goes."""


def say(text: str = "", *, err: bool = False, file: IO[Any] | None = None, under: int = 0) -> None:
    """Print ``text``. On a terminal no line is wider than it, unless a word alone is: a path stays whole, to be copied.

    ``under``: so many places further to the right than its beginning a line goes on.
    """
    click.echo(fitted(text, file or (sys.stderr if err else sys.stdout), under=under), err=err, file=file)


def fitted(text: str, stream: IO[Any], *, under: int = 0) -> str:
    """``text`` as ``say`` prints it on ``stream``."""
    return wrapped(text, shutil.get_terminal_size().columns, under=under) if stream.isatty() else text


def wrapped(text: str, width: int, *, under: int = 0) -> str:
    """``text`` in lines of at most ``width`` places, broken at spaces. Nothing of it is lost but those spaces."""
    return "\n".join(part for line in text.split("\n") for part in _parts(line, width, under))


def places(text: str) -> int:
    """The number of a terminal's places that ``text`` takes: characters of East Asia take two, accents none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _parts(line: str, width: int, under: int) -> list[str]:
    if places(line) <= width:
        return [line]
    indent = " " * (len(line) - len(line.lstrip(" ")))
    hanging = indent + " " * under
    if places(hanging) + LEAST_ROOM > width:
        indent = hanging = ""
    first, *others = line.strip(" ").split(" ")
    parts, now = [], indent + first
    for word in others:
        longer = f"{now} {word}"
        if word and places(longer) > width:
            parts.append(now.rstrip(" "))
            now = hanging + word
        else:
            now = longer
    return [*parts, now]
