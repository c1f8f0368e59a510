"""A recorded terminal: a command is really run, and what it printed becomes an SVG that plays it line by line."""

from __future__ import annotations

import os
import pty
import subprocess
from dataclasses import dataclass
from html import escape
from io import StringIO
from itertools import pairwise
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COLUMNS = 104
ROWS = 30  # of the window; what is above has scrolled out of it
SHORTEST_SECONDS, LONGEST_SECONDS = 0.06, 0.9  # between two lines, when it is played
HELD_SECONDS = 8.0  # the last screen, before it begins anew
LINE_HEIGHT, CHARACTER_HEIGHT = 24.4, 20  # of rich's drawing, in its own units
CHARACTER_WIDTH = CHARACTER_HEIGHT * 0.61
MARGIN, BAR = 16, 34
GROUND, INK = "#14181f", "#e8ebf1"
THEME = TerminalTheme(
    (20, 24, 31),
    (232, 235, 241),
    [
        *((20, 24, 31), (255, 154, 165), (127, 214, 168), (240, 200, 110)),
        *((138, 184, 255), (210, 160, 255), (120, 210, 220), (232, 235, 241)),
    ],
)
# rich's own frame loads a font from elsewhere; this one takes the reader's, and lets the lines come one by one.
FRAME = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 $width $height" role="img">
<title>$title</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; white-space: pre; }}
{styles}
.up, .hidden {{ animation: $seconds s step-end infinite; }}
.up {{ animation-name: up; transform: translateY($up_end px); }}
.hidden {{ animation-name: hidden; transform: translateY($hidden_end px); }}
@keyframes up {{ $up }}
@keyframes hidden {{ $hidden }}
@media (prefers-reduced-motion: reduce) {{ .up, .hidden {{ animation: none; }} }}
</style>
<defs>{lines}</defs>
<rect width="$width" height="$height" rx="10" fill="$ground"/>
<g fill="#566073"><circle cx="22" cy="18" r="6"/><circle cx="42" cy="18" r="6"/><circle cx="62" cy="18" r="6"/></g>
<svg x="$margin" y="$bar" width="$inner_width" height="$inner_height">
<g class="up"><g class="{unique_id}-matrix">{backgrounds}{matrix}</g>
<g class="hidden"><rect width="$inner_width" height="$all_height" fill="$ground"/></g></g>
</svg>
</svg>
"""


@dataclass(frozen=True)
class Line:
    """A printed line, with its colours as the terminal gets them, and when it came, in seconds from the start."""

    text: str
    at: float


def record(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> list[Line]:
    """Run ``command`` in a terminal of its own; returns its lines. RuntimeError, with all of them, where it fails."""
    ours, its = pty.openpty()
    size = {"COLUMNS": str(COLUMNS), "LINES": "1000", "TERM": "xterm-256color", "PYTHONUNBUFFERED": "1"}
    began = monotonic()
    process = subprocess.Popen(
        command, cwd=folder, env={**environment, **size}, stdin=subprocess.DEVNULL, stdout=its, stderr=its
    )
    os.close(its)
    lines: list[Line] = []
    rest = b""
    with os.fdopen(ours, "rb", buffering=0) as output:
        while piece := _piece(output.fileno()):
            *whole, rest = (rest + piece).split(b"\n")
            # What a carriage return has overwritten was never there for longer than a moment.
            lines += [
                Line(part.decode(errors="replace").rstrip("\r").rpartition("\r")[2], monotonic() - began)
                for part in whole
            ]
    if process.wait():
        raise RuntimeError("\n".join([f"{command} ended with {process.returncode}:", *(line.text for line in lines)]))
    return lines


def _piece(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux's way to say that the last program has left a terminal
        return b""


def played(typed: str, lines: Sequence[Line]) -> str:
    """The SVG: ``typed`` behind a prompt, then each line after the one before, as long as it took or shorter."""
    shown = [Line(f"\x1b[1m$ {typed}\x1b[0m", 0.0), *lines]
    waits = [min(LONGEST_SECONDS, max(SHORTEST_SECONDS, b.at - a.at)) for a, b in pairwise(shown)]
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    folded = [len(Text.from_ansi(line.text).wrap(console, COLUMNS)) or 1 for line in shown]
    for line in shown:
        console.print(Text.from_ansi(line.text))
    moments, seconds, rows = [], 0.0, 0
    for wait, height in zip([*waits, HELD_SECONDS], folded, strict=True):
        rows += height
        moments.append((seconds, rows))
        seconds += wait
    # A little more than the rows: a moving cover is drawn in whole pixels, and a line's feet would stand out below it.
    inner_width, inner_height = COLUMNS * CHARACTER_WIDTH, ROWS * LINE_HEIGHT + 4
    values = {
        "title": escape(f"{typed}, as it was recorded"),
        "width": f"{inner_width + 2 * MARGIN:.0f}",
        "height": f"{inner_height + BAR + MARGIN:.0f}",
        "seconds s": f"{seconds:.2f}s",
        "up_end px": f"{_up(rows):g}px",
        "hidden_end px": f"{LINE_HEIGHT * rows:g}px",
        "up": _frames([(when, _up(count)) for when, count in moments], seconds),
        "hidden": _frames([(when, LINE_HEIGHT * count) for when, count in moments], seconds),
        "ground": GROUND,
        "margin": str(MARGIN),
        "bar": str(BAR),
        "inner_width": f"{inner_width:g}",
        "inner_height": f"{inner_height:g}",
        "all_height": f"{LINE_HEIGHT * (rows + 1):g}",
    }
    frame = FRAME
    for name in sorted(values, key=len, reverse=True):
        frame = frame.replace(f"${name}", values[name].replace("{", "{{").replace("}", "}}"))
    return console.export_svg(theme=THEME, code_format=frame, unique_id="t")


def _up(rows: int) -> float:
    return round(LINE_HEIGHT * min(0, ROWS - rows), 1)


def _frames(moments: Sequence[tuple[float, float]], seconds: float) -> str:
    """Keyframes of a shift by so many units at so many seconds; one that changes nothing has none."""
    kept = [
        (when, shift)
        for (when, shift), before in zip(moments, [None, *moments], strict=False)
        if not before or before[1] != shift
    ]
    return " ".join(f"{100 * when / seconds:.2f}%{{transform:translateY({shift:g}px)}}" for when, shift in kept)
